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

// At makes an Error. Validate methods use it with a path relative to their value.
func At(path, format string, args ...any) *Error {
	return &Error{Path: path, Message: fmt.Sprintf(format, args...)}
}

// Under returns err's errors with their paths below a path.
// An error that is neither Errors nor *Error becomes one at the path itself.
func Under(path string, err error) Errors {
	if err == nil {
		return nil
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

// didYouMean suggests the allowed name nearest to what was written.
func didYouMean(got string, allowed []string) string {
	best, distance := "", len(got)/2+1
	for _, a := range allowed {
		if d := editDistance(got, a); d < distance {
			best, distance = a, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// editDistance is Levenshtein's, over bytes; long inputs are not compared.
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
