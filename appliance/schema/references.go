// SPDX-License-Identifier: Apache-2.0

package schema

// A Reference is a place in a document that names another object.
type Reference struct {
	Path string
	Kind string
	ID   string
}

// References returns the objects that a document refers to, in its order. The
// document must be one that Decode accepts.
func (t *Type) References(data []byte) []Reference {
	n, err := parse(data)
	if err != nil {
		return nil
	}
	var refs []Reference
	n.references(t, "", &refs)
	return refs
}

func (n *node) references(t *Type, path string, refs *[]Reference) {
	if t == nil {
		return
	}
	if id, ok := n.token.(string); ok {
		if t.Checks.Ref != "" {
			*refs = append(*refs, Reference{path, t.Checks.Ref, id})
		}
		return
	}
	for i, m := range n.members {
		if n.isArray() {
			m.value.references(t.Elem, Index(path, i), refs)
		} else {
			m.value.references(t.at(m.name), Key(path, m.name), refs)
		}
	}
}
