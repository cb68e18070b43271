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

// ForgottenSecrets returns an error for each secret that a document leaves out
// although the number of its version is another than in an older version of
// the document: to keep the old secret under a new number would hide that the
// new one never came.
func (t *Type) ForgottenSecrets(data, old []byte) Errors {
	n, err := parse(data)
	if err != nil {
		return Under("", err)
	}
	o, err := parse(old)
	if err != nil {
		return nil //nolint:nilerr // there is no number to compare with
	}
	return n.forgottenSecrets(o, t, "")
}

func (n *node) forgottenSecrets(old *node, t *Type, path string) (errs Errors) {
	if t.Kind != Object || !n.isObject() || old == nil {
		return nil
	}
	for _, f := range t.Fields {
		mine := n.member(f.Name)
		if !f.Secret {
			if mine != nil {
				errs = append(errs, mine.forgottenSecrets(old.member(f.Name), f.Type, Key(path, f.Name))...)
			}
			continue
		}
		version := n.member(f.Name + "_version")
		given := mine != nil && !mine.isNull()
		if given || version == nil || version.isNull() {
			continue
		}
		before := old.member(f.Name + "_version")
		if before == nil || string(before.encode(nil)) != string(version.encode(nil)) {
			errs = append(errs, At(Key(path, f.Name), "is required when %s_version changes: give the new secret with its new number", f.Name))
		}
	}
	return errs
}
