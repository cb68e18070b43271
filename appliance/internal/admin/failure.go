// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A failure is an error with the answer to it.
type failure struct {
	status int
	body   api.ErrorBody
	header map[string]string
}

func (f *failure) Error() string { return f.body.Message }

func failed(status int, code, format string, args ...any) *failure {
	return &failure{status: status, body: api.ErrorBody{Code: code, Message: fmt.Sprintf(format, args...)}}
}

func badRequest(format string, args ...any) *failure {
	return failed(http.StatusBadRequest, api.CodeBadRequest, format, args...)
}

// maxProblems bounds what one answer lists.
const maxProblems = 100

// invalid is the failure of a document that breaks its declaration.
func invalid(key store.Key, err error) *failure {
	return refused(http.StatusBadRequest, key.String()+" is not valid", schemaProblems(key, err))
}

// schemaProblems are a decoder's errors about one object.
func schemaProblems(key store.Key, err error) []api.Problem {
	errs := schema.Under("", err)
	problems := make([]api.Problem, len(errs))
	for i, e := range errs {
		problems[i] = api.Problem{Key: api.Key(key), Code: api.CodeInvalid, Path: e.Path, Message: e.Message}
	}
	return problems
}

// refused is a failure with at least one problem. Its message has the first
// one, for clients that show nothing else.
func refused(status int, what string, problems []api.Problem) *failure {
	first := problems[0].Message
	if problems[0].Path != "" {
		first = problems[0].Path + ": " + first
	}
	f := failed(status, problems[0].Code, "%s: %s", what, first)
	if n := len(problems); n > 1 {
		f.body.Message += fmt.Sprintf(" (and %d more)", n-1)
	}
	f.body.Problems = problems[:min(len(problems), maxProblems)]
	return f
}

// failureOf finds the answer to an error. What is not made for users stays in
// the log.
func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if e, ok := errors.AsType[*store.TooLargeError](err); ok {
		return failed(http.StatusRequestEntityTooLarge, api.CodeTooLarge, "%s; make the object smaller", e)
	}
	if e, ok := errors.AsType[*store.ConflictError](err); ok {
		return changedMeanwhile(e)
	}
	if e, ok := errors.AsType[*store.InvalidWriteError](err); ok {
		return invalid(e.Key, errors.New(e.Reason))
	}
	if problems := storeProblems(err); len(problems) > 0 {
		return refused(http.StatusConflict, problems[0].Key.String(), problems)
	}
	switch {
	case errors.Is(err, store.ErrReadOnly):
		return failed(http.StatusForbidden, api.CodeReadOnly, "this node's configuration comes from a file: change the file instead, or run the node with etcd")
	case errors.Is(err, store.ErrCompacted):
		return failed(http.StatusGone, api.CodeRevision, "this page_token is too old: the store no longer keeps the revision that the listing shows; start the listing again, without page_token")
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrClosed), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		f := failed(http.StatusServiceUnavailable, api.CodeUnavailable, "the store cannot be reached now, traffic is not affected; try again")
		f.header = map[string]string{"Retry-After": "2"}
		return f
	}
	return failed(http.StatusInternalServerError, api.CodeInternal, "internal error; the node's log has the details")
}

func changedMeanwhile(e *store.ConflictError) *failure {
	what := e.Error()
	switch {
	case e.Want == 0:
		what += "; to replace it, send the request without If-None-Match"
	case e.Have != 0:
		what += "; read it again and decide anew"
	}
	return failed(http.StatusPreconditionFailed, api.CodeRevision, "%s", what)
}

// storeProblems are what a store found in the way of a write.
func storeProblems(err error) []api.Problem {
	if e, ok := errors.AsType[*store.MissingReferenceError](err); ok {
		return []api.Problem{missingReference(e.Key, e.Ref, "")}
	}
	if e, ok := errors.AsType[*store.ClaimedError](err); ok {
		return []api.Problem{claimed(e.Key, e.Claim, e.By)}
	}
	if e, ok := errors.AsType[*store.InUseError](err); ok {
		problems := make([]api.Problem, len(e.By))
		for i, by := range e.By {
			problems[i] = inUse(e.Key, by)
		}
		return problems
	}
	return nil
}

func missingReference(key, ref store.Key, path string) api.Problem {
	other := api.Key(ref)
	return api.Problem{
		Key: api.Key(key), Code: api.CodeUnknownReference, Path: path, Other: &other,
		Message: fmt.Sprintf("there is no %s %q; create it first, or name one that exists", ref.Kind, ref.ID),
	}
}

func claimed(key store.Key, claim string, by store.Key) api.Problem {
	other := api.Key(by)
	path, message := api.ExplainClaim(claim, other)
	return api.Problem{Key: api.Key(key), Code: api.CodeConflict, Path: path, Other: &other, Message: message}
}

func inUse(key, by store.Key) api.Problem {
	other := api.Key(by)
	return api.Problem{
		Key: api.Key(key), Code: api.CodeInUse, Other: &other,
		Message: fmt.Sprintf("cannot be deleted while %s refers to it; change or delete that first", by),
	}
}
