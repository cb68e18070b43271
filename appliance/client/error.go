// SPDX-License-Identifier: Apache-2.0

package client

import (
	"errors"
	"fmt"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// Failures that callers tell apart with errors.Is.
var (
	ErrNotFound     = errors.New("there is no such object")
	ErrInvalid      = errors.New("the object is not valid")
	ErrConflict     = errors.New("another object stands in the way") // unknown reference, conflict, or in use
	ErrRevision     = errors.New("the object was changed by somebody else")
	ErrUnauthorized = errors.New("the token is not accepted")
	ErrReadOnly     = errors.New("the configuration is read-only")
	ErrUnavailable  = errors.New("the Admin API cannot be reached or is not ready")
)

// An Error is a request that failed.
type Error struct {
	Endpoint string // whom it was sent to
	Method   string
	Path     string
	Status   int           // of the answer, 0 if there was none
	Code     string        // one of package api, "" if the answer is not the Admin API's
	Message  string        // what is wrong and what to do about it
	Problems []api.Problem // with the object sent, if that is what failed

	cause error
}

func (e *Error) Error() string {
	text := e.Message
	if len(e.Problems) > 1 {
		lines := make([]string, len(e.Problems))
		for i, p := range e.Problems {
			lines[i] = "\n  " + p.String()
		}
		text += ":" + strings.Join(lines, "")
	}
	if e.Status == 0 {
		return text
	}
	return fmt.Sprintf("%s (%s %s%s: %d)", text, e.Method, e.Endpoint, e.Path, e.Status)
}

// Unwrap returns what kept the request from being answered, if anything.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether the failure is one of this package's. Only an answer of
// the Admin API itself can be ErrNotFound: a proxy's 404 is not.
func (e *Error) Is(target error) bool {
	switch e.Code {
	case api.CodeNotFound:
		return target == ErrNotFound
	case api.CodeInvalid:
		return target == ErrInvalid
	case api.CodeUnknownReference, api.CodeConflict, api.CodeInUse:
		return target == ErrConflict
	case api.CodeRevision:
		return target == ErrRevision
	case api.CodeUnauthorized:
		return target == ErrUnauthorized
	case api.CodeReadOnly:
		return target == ErrReadOnly
	case api.CodeUnavailable:
		return target == ErrUnavailable
	}
	return target == ErrUnavailable && e.retriable()
}
