// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deeply a document may nest.
const maxDepth = 64

// A node is a JSON value as it was written: members in order, numbers unread.
type node struct {
	token   json.Token // string, json.Number, bool or nil; json.Delim('{') or ('[') otherwise
	members []member   // of an object; of an array with empty names
}

type member struct {
	name  string
	value *node
}

func (n *node) isObject() bool { return n.token == json.Delim('{') }
func (n *node) isArray() bool  { return n.token == json.Delim('[') }
func (n *node) isNull() bool   { return n.token == nil }

func (n *node) member(name string) *node {
	for _, m := range n.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// describe names the value for an error: `a string`, `42`.
func (n *node) describe() string {
	switch v := n.token.(type) {
	case json.Delim:
		if v == '{' {
			return "an object"
		}
		return "a list"
	case string:
		return "a string"
	case nil:
		return "null"
	default:
		return fmt.Sprint(v)
	}
}

// parse reads exactly one JSON value, refusing duplicate names, invalid
// UTF-8 and what nests too deeply.
func parse(data []byte) (*node, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("is not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	p := parser{d: d, data: data}
	n, err := p.value("", 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, p.wrap(errors.New("something follows the JSON value"))
	}
	return n, nil
}

type parser struct {
	d    *json.Decoder
	data []byte
}

func (p *parser) value(path string, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, At(path, "nests more than %d levels deep", maxDepth)
	}
	t, err := p.d.Token()
	if err != nil {
		return nil, p.wrap(err)
	}
	n := &node{token: t}
	delim, ok := t.(json.Delim)
	if !ok {
		return n, nil
	}
	var seen map[string]bool
	for p.d.More() {
		m, at := member{}, ""
		if delim == '{' {
			name, err := p.d.Token()
			if err != nil {
				return nil, p.wrap(err)
			}
			m.name = name.(string)
			at = Key(path, m.name)
			if seen[m.name] {
				return nil, At(at, "is given twice")
			}
			if seen == nil {
				seen = make(map[string]bool)
			}
			seen[m.name] = true
		} else {
			at = Index(path, len(n.members))
		}
		if m.value, err = p.value(at, depth+1); err != nil {
			return nil, err
		}
		n.members = append(n.members, m)
	}
	if _, err := p.d.Token(); err != nil {
		return nil, p.wrap(err)
	}
	return n, nil
}

// wrap adds the line and column where reading stopped.
func (p *parser) wrap(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the JSON ends too early")
	}
	offset := min(int(p.d.InputOffset()), len(p.data))
	before := p.data[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	column := offset - bytes.LastIndexByte(before, '\n')
	msg := strings.TrimPrefix(err.Error(), "json: ")
	return fmt.Errorf("is not valid JSON: line %d, column %d: %s", line, column, msg)
}
