// SPDX-License-Identifier: Apache-2.0

package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// pageSize is how many objects List asks for at once.
const pageSize = 500

// An If is a condition on the object that a change replaces. The zero If asks
// for nothing.
type If struct {
	Revision int64 // it is at this revision
	Absent   bool  // it does not exist
}

func (i If) header() map[string]string {
	switch {
	case i.Absent:
		return map[string]string{"If-None-Match": "*"}
	case i.Revision != 0:
		return map[string]string{"If-Match": `"` + strconv.FormatInt(i.Revision, 10) + `"`}
	}
	return nil
}

func objectPath(kind *api.Kind, id string) string {
	return "/v1/" + kind.Plural + "/" + url.PathEscape(id)
}

// Get returns an object without its secrets, or ErrNotFound.
func (c *Client) Get(ctx context.Context, kind *api.Kind, id string) (api.StoredObject, error) {
	answer, _, err := c.do(ctx, request{method: http.MethodGet, path: objectPath(kind, id)})
	if err != nil {
		return api.StoredObject{}, err
	}
	return stored(id, answer)
}

// stored reads an object and its revision off an answer.
func stored(id string, answer response) (api.StoredObject, error) {
	tag := answer.header.Get("ETag")
	revision, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(tag, "W/"), `"`), 10, 64)
	if err != nil {
		return api.StoredObject{}, fmt.Errorf("admin api: the ETag of %q is %q, which is no revision; is a proxy in between that changes it?", id, clip(tag))
	}
	return api.StoredObject{ID: id, Revision: revision, Object: bytes.TrimSpace(answer.body)}, nil
}

// List returns the objects of a kind, ordered by id, all at one revision. It
// fetches them in pages, as they are asked for. An error ends the sequence.
func (c *Client) List(ctx context.Context, kind *api.Kind) iter.Seq2[api.StoredObject, error] {
	return func(yield func(api.StoredObject, error) bool) {
		query := url.Values{"limit": {strconv.Itoa(pageSize)}}
		for {
			var page api.ListBody
			if err := c.read(ctx, request{method: http.MethodGet, path: "/v1/" + kind.Plural + "?" + query.Encode()}, &page); err != nil {
				yield(api.StoredObject{}, err)
				return
			}
			for _, object := range page.Items {
				if !yield(object, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			query.Set("page_token", page.Next)
		}
	}
}

// Put creates or replaces an object by a JSON document and returns what is
// stored, without its secrets.
func (c *Client) Put(ctx context.Context, kind *api.Kind, id string, document json.RawMessage, condition If) (api.StoredObject, error) {
	r := request{method: http.MethodPut, path: objectPath(kind, id), header: condition.header(), body: document}
	answer, again, err := c.do(ctx, r)
	if again && errors.Is(err, ErrRevision) {
		if mine, ok := c.writtenBefore(ctx, kind, id, document); ok {
			return c.Put(ctx, kind, id, document, If{Revision: mine})
		}
	}
	if err != nil {
		return api.StoredObject{}, err
	}
	return stored(id, answer)
}

// writtenBefore reports whether an object that broke the condition of its own
// change is what an earlier try has written, whose answer was lost.
func (c *Client) writtenBefore(ctx context.Context, kind *api.Kind, id string, document []byte) (revision int64, ok bool) {
	there, err := c.Get(ctx, kind, id)
	if err != nil {
		return 0, false
	}
	sent, err := kind.Type.Redact(document)
	if err != nil {
		return 0, false
	}
	if sent, err = kind.Type.Canonical(sent); err != nil {
		return 0, false
	}
	return there.Revision, bytes.Equal(sent, there.Object)
}

// Delete deletes an object, or returns ErrNotFound.
func (c *Client) Delete(ctx context.Context, kind *api.Kind, id string, condition If) error {
	_, again, err := c.do(ctx, request{method: http.MethodDelete, path: objectPath(kind, id), header: condition.header()})
	if again && errors.Is(err, ErrNotFound) {
		return nil // an earlier try has deleted it
	}
	return err
}
