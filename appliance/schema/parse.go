// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deeply a document may nest.
const maxDepth = 64

// parse reads exactly one JSON value. Beyond what RFC 8259 asks it refuses
// what programs read differently: duplicate names, invalid UTF-8, halves of
// surrogate pairs, and what nests too deeply.
func parse(data []byte) (*node, error) {
	p := parser{d: json.NewDecoder(bytes.NewReader(data)), data: data}
	if !utf8.Valid(data) {
		return nil, p.notJSON(firstInvalid(data), "invalid UTF-8")
	}
	if i := loneSurrogate(data); i >= 0 {
		return nil, p.notJSON(i, `half of a surrogate pair; write characters beyond U+FFFF as they are or as both halves, such as "\ud83d\ude00"`)
	}
	p.d.UseNumber()
	n, err := p.value()
	if err != nil {
		return nil, err
	}
	if _, err := p.d.Token(); !errors.Is(err, io.EOF) {
		return nil, p.notJSON(int(p.d.InputOffset()), "something follows the value")
	}
	return n, nil
}

type parser struct {
	d    *json.Decoder
	data []byte
	at   place
}

func (p *parser) value() (*node, error) {
	if len(p.at) > maxDepth {
		return nil, At(p.at[:3].path()+"...", "nests more than %d levels deep", maxDepth)
	}
	t, err := p.d.Token()
	if err != nil {
		return nil, p.wrap(err)
	}
	n := &node{token: t}
	switch t {
	case json.Delim('{'):
		err = p.object(n)
	case json.Delim('['):
		err = p.array(n)
	default:
		return n, nil
	}
	if err != nil {
		return nil, err
	}
	if _, err := p.d.Token(); err != nil { // the closing bracket
		return nil, p.wrap(err)
	}
	return n, nil
}

func (p *parser) object(n *node) error {
	var names nameSet
	for p.d.More() {
		t, err := p.d.Token()
		if err != nil {
			return p.wrap(err)
		}
		m := member{name: t.(string)} // Token itself refuses other names
		p.at.enterMember(m.name)
		if !names.add(n.members, m.name) {
			return At(p.at.path(), "is given twice; take one of the two out")
		}
		if m.value, err = p.value(); err != nil {
			return err
		}
		p.at.leave()
		n.members = append(n.members, m)
	}
	return nil
}

func (p *parser) array(n *node) error {
	for p.d.More() {
		p.at.enterElement(len(n.members))
		v, err := p.value()
		if err != nil {
			return err
		}
		p.at.leave()
		n.members = append(n.members, member{value: v})
	}
	return nil
}

// A nameSet finds names that an object has twice. It becomes a map only when
// there are many.
type nameSet map[string]bool

// add reports whether the name is new beside those of the members so far.
func (s *nameSet) add(members []member, name string) bool {
	const few = 16
	if len(members) < few {
		for i := range members {
			if members[i].name == name {
				return false
			}
		}
		return true
	}
	if *s == nil {
		*s = make(nameSet, 2*few)
		for i := range members {
			(*s)[members[i].name] = true
		}
	}
	if (*s)[name] {
		return false
	}
	(*s)[name] = true
	return true
}

// wrap says what stopped the reading, and where.
func (p *parser) wrap(err error) error {
	offset := int(p.d.InputOffset())
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return p.notJSON(len(p.data), "it ends too early")
	}
	return p.notJSON(offset, strings.TrimPrefix(err.Error(), "json: "))
}

// notJSON is the error for what cannot be read near a byte, whose line and
// column (in bytes) it names.
func (p *parser) notJSON(offset int, why string) error {
	before := p.data[:min(offset, len(p.data))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return At("", "the document is not valid JSON: line %d, column %d: %s", line, column, why)
}

func firstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// loneSurrogate returns where an escape stands for half of a surrogate pair,
// -1 if nowhere. Backslashes outside of strings are left to the parser.
func loneSurrogate(data []byte) int {
	for i := 0; ; {
		next := bytes.IndexByte(data[i:], '\\')
		if next < 0 {
			return -1
		}
		i += next
		r := escapedUnit(data[i:])
		switch {
		case r < 0:
			i += 2 // another escape: its second byte may be a backslash
		case !utf16.IsSurrogate(r):
			i += 6
		case utf16.DecodeRune(r, escapedUnit(data[i+6:])) == utf8.RuneError:
			return i
		default:
			i += 12
		}
		if i >= len(data) {
			return -1
		}
	}
}

// escapedUnit reads an escape like \u00e9 at the beginning of b, -1 for none.
func escapedUnit(b []byte) rune {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}
