// SPDX-License-Identifier: Apache-2.0

package store

import (
	"cmp"
	"fmt"
	"unicode/utf8"
)

// MaxIDLength is the longest id a store takes, in bytes.
const MaxIDLength = 256

// Check returns an InvalidWriteError when no store could keep an object under
// this key.
func (k Key) Check() error {
	if reason := checkKind(k.Kind); reason != "" {
		return &InvalidWriteError{Key: k, Reason: reason}
	}
	if reason := checkID(k.ID); reason != "" {
		return &InvalidWriteError{Key: k, Reason: reason}
	}
	return nil
}

// Compare orders keys by kind, then id.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Kind, other.Kind), cmp.Compare(k.ID, other.ID))
}

// CheckWrites returns an InvalidWriteError for what is wrong with a
// transaction whatever the store holds: a bad key, an object written twice,
// an empty claim. Every store calls it first.
func CheckWrites(writes []Write) error {
	seen := make(map[Key]bool, len(writes))
	for _, w := range writes {
		if err := w.Check(); err != nil {
			return err
		}
		if seen[w.Key] {
			return &InvalidWriteError{Key: w.Key, Reason: "is written twice in one transaction; write each object once"}
		}
		seen[w.Key] = true
		if w.Value == nil && len(w.Refs)+len(w.Claims) > 0 {
			return &InvalidWriteError{Key: w.Key, Reason: "is deleted, so it can neither refer to objects nor claim names"}
		}
		if w.IfRevision != nil && *w.IfRevision < 0 {
			return &InvalidWriteError{Key: w.Key, Reason: fmt.Sprintf("expects revision %d; revisions are 0 (must not exist) or greater", *w.IfRevision)}
		}
		for _, ref := range w.Refs {
			if err := ref.Check(); err != nil {
				return fmt.Errorf("%s refers to %w", w.Key, err)
			}
		}
		for _, claim := range w.Claims {
			if claim == "" {
				return &InvalidWriteError{Key: w.Key, Reason: "claims an empty name"}
			}
		}
	}
	return nil
}

func checkKind(kind string) string {
	if kind == "" {
		return "has no kind"
	}
	for i := range len(kind) {
		c := kind[i]
		if c >= 'a' && c <= 'z' || i > 0 && (c == '_' || c >= '0' && c <= '9') {
			continue
		}
		return "has a bad kind; a kind is a lower-case word such as \"route\" or \"rate_limit\""
	}
	return ""
}

func checkID(id string) string {
	switch {
	case id == "":
		return "has no id"
	case len(id) > MaxIDLength:
		return fmt.Sprintf("has an id of %d bytes; %d are allowed", len(id), MaxIDLength)
	case !utf8.ValidString(id):
		return "has an id that is not UTF-8"
	}
	for _, r := range id {
		if r == '/' || r < ' ' || r == 0x7f {
			return "has an id with a slash or a control character; use letters, digits, '.', '-' and '_'"
		}
	}
	return ""
}
