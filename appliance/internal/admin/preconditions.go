// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// tags are the entity tags of an If-Match or If-None-Match field.
type tags struct {
	given     bool
	any       bool // "*"
	revisions []int64
}

// holds reports whether an object at a revision, 0 if it does not exist, is
// one of those named.
func (t tags) holds(revision int64) bool {
	return revision != 0 && (t.any || slices.Contains(t.revisions, revision))
}

// preconditions are those of RFC 9110, section 13.1. Entity tags are compared
// strongly.
type preconditions struct{ match, noneMatch tags }

func preconditionsOf(r *http.Request) (p preconditions, err error) {
	if p.match, err = tagsOf(r, "If-Match"); err != nil {
		return p, err
	}
	p.noneMatch, err = tagsOf(r, "If-None-Match")
	return p, err
}

func tagsOf(r *http.Request, field string) (tags, error) {
	values := r.Header.Values(field)
	t := tags{given: len(values) > 0}
	for value := range strings.SplitSeq(strings.Join(values, ","), ",") {
		value = strings.TrimSpace(value)
		opaque, weak := strings.CutPrefix(value, "W/")
		switch {
		case value == "":
		case value == "*":
			t.any = true
		case len(opaque) >= 2 && opaque[0] == '"' && opaque[len(opaque)-1] == '"':
			if revision, err := strconv.ParseInt(opaque[1:len(opaque)-1], 10, 64); err == nil && !weak {
				t.revisions = append(t.revisions, revision)
			}
		default:
			return t, badRequest(`%s must be an ETag as it was received, such as "42" with its quotes, or *; is %s`, field, clip(value))
		}
	}
	return t, nil
}

// check returns a failure unless an object at this revision, 0 if it does not
// exist, may be changed.
func (p preconditions) check(key store.Key, have int64) error {
	if p.noneMatch.given && p.noneMatch.holds(have) {
		return changedMeanwhile(&store.ConflictError{Key: key, Want: 0, Have: have})
	}
	if !p.match.given || p.match.holds(have) {
		return nil
	}
	if len(p.match.revisions) == 1 && p.match.revisions[0] != 0 {
		return changedMeanwhile(&store.ConflictError{Key: key, Want: p.match.revisions[0], Have: have})
	}
	if have == 0 {
		return failed(http.StatusPreconditionFailed, api.CodeRevision, "%s does not exist, and If-Match demands that it does", key)
	}
	return failed(http.StatusPreconditionFailed, api.CodeRevision, "%s is at revision %d, which is not in If-Match; read it again and decide anew", key, have)
}
