// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
)

// A node is a JSON value as it was written: members in order, numbers unread.
type node struct {
	token   json.Token // string, json.Number, bool or nil; json.Delim('{') or ('[') otherwise
	members []member   // of an object; of an array with empty names
}

type member struct {
	name  string
	value node
}

func (n *node) isObject() bool { return n.token == json.Delim('{') }
func (n *node) isArray() bool  { return n.token == json.Delim('[') }
func (n *node) isNull() bool   { return n.token == nil }

// member returns the value with a name, nil if n is no object or has none.
func (n *node) member(name string) *node {
	if !n.isObject() {
		return nil
	}
	for i := range n.members {
		if n.members[i].name == name {
			return &n.members[i].value
		}
	}
	return nil
}

// describe names the value for an error: `a string`, `42`. It never shows
// what is in a string.
func (n *node) describe() string {
	switch v := n.token.(type) {
	case json.Delim:
		if v == '{' {
			return "an object"
		}
		return "a list"
	case string:
		return "a string"
	case json.Number:
		return clip(string(v))
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return "null"
}

// describeKind names the kind of value only: for secrets.
func (n *node) describeKind() string {
	switch n.token.(type) {
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	}
	return n.describe()
}
