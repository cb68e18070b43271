// SPDX-License-Identifier: Apache-2.0

package schema

import "slices"

// Redact returns the document without its secrets.
func (t *Type) Redact(data []byte) ([]byte, error) {
	n, err := parse(data)
	if err != nil {
		return nil, Under("", err)
	}
	n.redact(t)
	return n.encode(nil), nil
}

func (n *node) redact(t *Type) {
	switch {
	case t == nil:
		return
	case n.isArray():
		if t.Elem != nil {
			t = t.Elem // otherwise the list stands where an object should: t is the best guess
		}
		for i := range n.members {
			n.members[i].value.redact(t)
		}
		return
	case t.Kind == Object:
		n.members = slices.DeleteFunc(n.members, func(m member) bool {
			f := t.Field(m.name)
			return f != nil && f.Secret
		})
	}
	for i := range n.members {
		n.members[i].value.redact(t.at(n.members[i].name))
	}
}

// KeepSecrets returns the document, in its canonical form, with the secrets
// that it leaves out taken from an older version of it. The secrets of a nested
// object that it leaves out as a whole go with that object.
func (t *Type) KeepSecrets(data, old []byte) ([]byte, error) {
	n, err := parse(data)
	if err != nil {
		return nil, Under("", err)
	}
	o, err := parse(old)
	if err != nil {
		return nil, Under("", err)
	}
	n.keepSecrets(o, t)
	n.sort(t)
	return n.encode(nil), nil
}

func (n *node) keepSecrets(old *node, t *Type) {
	if t.Kind != Object || !n.isObject() || old == nil {
		return
	}
	for _, f := range t.Fields {
		mine, theirs := n.member(f.Name), old.member(f.Name)
		switch {
		case !f.Secret && mine != nil:
			mine.keepSecrets(theirs, f.Type)
		case f.Secret && theirs != nil && (mine == nil || mine.isNull()):
			n.members = slices.DeleteFunc(n.members, func(m member) bool { return m.name == f.Name })
			n.members = append(n.members, member{f.Name, *theirs})
		}
	}
}
