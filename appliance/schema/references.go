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
	var w referenceWalk
	w.node(n, t)
	return w.refs
}

type referenceWalk struct {
	at   place
	refs []Reference
}

func (w *referenceWalk) node(n *node, t *Type) {
	if t == nil {
		return
	}
	if id, ok := n.token.(string); ok {
		if t.Checks.Ref != "" {
			w.refs = append(w.refs, Reference{w.at.path(), t.Checks.Ref, id})
		}
		return
	}
	for i := range n.members {
		m := &n.members[i]
		if n.isArray() {
			w.at.enterElement(i)
			w.node(&m.value, t.Elem)
		} else {
			w.at.enterMember(m.name)
			w.node(&m.value, t.at(m.name))
		}
		w.at.leave()
	}
}
