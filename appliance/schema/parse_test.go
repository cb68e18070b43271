// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// parse accepts what encoding/json does, the four oddities aside, and reads the
// same values; nulls in objects are absent.
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
			refused := Under("", err)[0]
			odd := strings.Contains(refused.Message, "UTF-8") || strings.Contains(refused.Message, "surrogate") ||
				strings.Contains(refused.Message, "given twice") || strings.Contains(refused.Message, "levels deep")
			if json.Valid(data) && !odd {
				t.Fatalf("%q is refused: %v", data, err)
			}
			return
		}
		if !json.Valid(data) || !utf8.Valid(data) {
			t.Fatalf("%q is accepted", data)
		}
		var mine, theirs any
		if errMine, errTheirs := json.Unmarshal(n.encode(nil), &mine), json.Unmarshal(data, &theirs); (errMine == nil) != (errTheirs == nil) || !reflect.DeepEqual(mine, dropNulls(theirs)) {
			t.Fatalf("%q is read as %v, %v", data, mine, errMine)
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

// dropNulls takes the members that are null out of all objects.
func dropNulls(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = dropNulls(v[i])
		}
	case map[string]any:
		for name := range v {
			if v[name] == nil {
				delete(v, name)
			} else {
				v[name] = dropNulls(v[name])
			}
		}
	}
	return v
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
