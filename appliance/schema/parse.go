// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

const (
	// maxDepth bounds how deeply a document may nest.
	maxDepth = 64
	// maxValues bounds the memory that a document takes: about 100 bytes for
	// each value, which may be two bytes long.
	maxValues = 1_000_000
)

// parse reads exactly one JSON value. Beyond what RFC 8259 asks it refuses
// what programs read differently: duplicate names, invalid UTF-8, halves of
// surrogate pairs, and what nests too deeply.
//
// encoding/json would read the same through its tokens, at seven allocations a
// value and many times the time: too much for documents that are made to be
// expensive.
func parse(data []byte) (*node, error) {
	p := parser{scanner: scanner{text: string(data)}}
	if !utf8.Valid(data) {
		return nil, p.fail(firstInvalid(data), "invalid UTF-8")
	}
	n := new(node)
	p.skipSpace()
	if err := p.value(n); err != nil {
		return nil, err
	}
	if p.skipSpace(); p.pos < len(p.text) {
		return nil, p.fail(p.pos, "something follows the value")
	}
	return n, nil
}

type parser struct {
	scanner
	at     place
	values int
}

// value reads a value, which begins at the position, into n.
func (p *parser) value(n *node) error {
	if len(p.at) > maxDepth {
		return At(p.at[:3].path()+"...", "nests more than %d levels deep", maxDepth)
	}
	if p.values++; p.values > maxValues {
		return At("", "has more than %d values", maxValues)
	}
	switch p.peek() {
	case '{':
		n.token = json.Delim('{')
		return p.object(n)
	case '[':
		n.token = json.Delim('[')
		return p.array(n)
	}
	token, err := p.scalar()
	n.token = token
	return err
}

func (p *parser) object(n *node) error {
	var names nameSet
	for first := true; ; first = false {
		more, err := p.next('}', first)
		if !more || err != nil {
			return err
		}
		name, err := p.str()
		if err != nil {
			return err
		}
		p.at.enterMember(name)
		if !names.add(n.members, name) {
			return At(p.at.path(), "is given twice; take one of the two out")
		}
		p.skipSpace()
		if p.peek() != ':' {
			return p.unexpected("a colon after the name")
		}
		p.pos++
		p.skipSpace()
		n.members = append(n.members, member{name: name})
		if err := p.value(&n.members[len(n.members)-1].value); err != nil {
			return err
		}
		p.at.leave()
	}
}

func (p *parser) array(n *node) error {
	for first := true; ; first = false {
		more, err := p.next(']', first)
		if !more || err != nil {
			return err
		}
		p.at.enterElement(len(n.members))
		n.members = append(n.members, member{})
		if err := p.value(&n.members[len(n.members)-1].value); err != nil {
			return err
		}
		p.at.leave()
	}
}

// next steps over the opening bracket or a comma to the next member, or over
// the closing bracket: then there are no more.
func (p *parser) next(end byte, first bool) (more bool, err error) {
	if first {
		p.pos++
	}
	p.skipSpace()
	switch c := p.peek(); {
	case c == end:
		p.pos++
		return false, nil
	case first:
		return true, nil
	case c != ',':
		return false, p.unexpected("a comma or " + strconv.Quote(string(end)))
	}
	p.pos++
	p.skipSpace()
	if p.peek() == end {
		return false, p.unexpected("something after the comma")
	}
	return true, nil
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

func firstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}
