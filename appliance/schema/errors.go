// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// An Error is one thing wrong with a document.
type Error struct {
	Path    string `json:"path"` // such as plugins.rate_limit.count or targets[2].port; "" is the document
	Message string `json:"message"`
}

func (e *Error) Error() string {
	if e.Path == "" {
		return e.Message
	}
	return e.Path + ": " + e.Message
}

// MaxErrors bounds how many mistakes are listed: a hostile document has one in
// every byte.
const MaxErrors = 100

// Errors is everything wrong with a document, in the order of the document.
type Errors []*Error

func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns the errors as an error, nil when there are none.
func (es Errors) Err() error {
	if len(es) == 0 {
		return nil
	}
	return es
}

// First returns the errors if they are fewer than MaxErrors, otherwise the
// first MaxErrors of them and one that says so.
func (es Errors) First() Errors {
	if len(es) < MaxErrors {
		return es
	}
	return append(es[:MaxErrors:MaxErrors], At("", "there may be more mistakes: these are the first %d", MaxErrors))
}

// At makes an Error. Validate methods use it with a path relative to their value.
func At(path, format string, args ...any) *Error {
	return &Error{Path: path, Message: fmt.Sprintf(format, args...)}
}

// Under returns err's errors with their paths below a path. What errors.Join
// joined is taken apart; an error without a path becomes one at the path itself.
func Under(path string, err error) Errors {
	if err == nil {
		return nil
	}
	type joint interface {
		error
		Unwrap() []error
	}
	if joined, ok := errors.AsType[joint](err); ok {
		var out Errors
		for _, e := range joined.Unwrap() {
			out = append(out, Under(path, e)...)
		}
		return out
	}
	if one, ok := errors.AsType[*Error](err); ok {
		return Errors{{Path: Join(path, one.Path), Message: one.Message}}
	}
	many, ok := errors.AsType[Errors](err)
	if !ok {
		return Errors{{Path: path, Message: err.Error()}}
	}
	out := make(Errors, len(many))
	for i, e := range many {
		out[i] = &Error{Path: Join(path, e.Path), Message: e.Message}
	}
	return out
}

// Join puts two paths together.
func Join(path, rest string) string {
	switch {
	case path == "":
		return rest
	case rest == "" || rest[0] == '[':
		return path + rest
	}
	return path + "." + rest
}

// Key returns the path of a member, quoted unless it is a plain name.
func Key(path, name string) string {
	if isName(name) {
		return Join(path, name)
	}
	return path + "[" + strconv.Quote(name) + "]"
}

// Index returns the path of an element.
func Index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func isName(s string) bool {
	for i, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}
