// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// parse accepts nothing that is not JSON, and what it writes again is the same
// to encoding/json, nulls in objects aside.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{}`, `[1,{"a":null}]`, `"\ud83d\ude00"`, `"\ud83d"`, `"\\ud83d"`, `{"a":1,"a":2}`, `[1,]`, `{"a":1,}`, `{"a" 1}`, `[1 2]`, `{1:2}`,
		`-`, `01`, `1.`, `1e`, `nul`, `truex`, "\"\x01\"", `"\x"`, `"\u00"`, `[}`, `[[[`, "\xef\xbb\xbf{}", `{}]`, "\"\\",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := parse(data)
		if err != nil {
			return
		}
		if !json.Valid(data) || !utf8.Valid(data) {
			t.Fatalf("%q is accepted", data)
		}
		text := n.encode(nil)
		again, err := parse(text)
		if err != nil {
			t.Fatalf("%q is written as %q: %v", data, text, err)
		}
		if twice := again.encode(nil); string(twice) != string(text) {
			t.Fatalf("%q, then %q", text, twice)
		}
	})
}

// What is JSON and has none of the four oddities is accepted.
func TestParseAccepts(t *testing.T) {
	for _, s := range []string{`{}`, ` [ ] `, `"\ud83d\ude00"`, `"\\ud83d"`, `"\ufffd"`, `-0`, `1E+5`, `{"":{"":1}}`, `{"a":1,"A":2}`, `"\u2028"`} {
		if _, err := parse([]byte(s)); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// Names are compared however many an object has.
func TestNameSet(t *testing.T) {
	for _, n := range []int{1, 15, 16, 17, 40} {
		for twice := range n {
			var names nameSet
			var members []member
			for i := range n {
				name := string(rune('a' + i))
				if !names.add(members, name) {
					t.Fatalf("%s is new among %d", name, n)
				}
				members = append(members, member{name: name})
			}
			if names.add(members, string(rune('a'+twice))) {
				t.Errorf("name %d of %d is not found again", twice, n)
			}
		}
	}
}
