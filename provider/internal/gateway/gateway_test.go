// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/gateway"
)

// A script answers requests, in the time of the test.
type script func(r *http.Request) (status int, body string)

func (s script) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := s(r)
	header := http.Header{"Content-Type": {"application/json"}, "Etag": {`"7"`}}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func behind(t *testing.T, s script) *gateway.Gateway {
	t.Helper()
	c, err := client.New(client.Config{Endpoint: "http://gateway.test", Token: "t", MaxRetries: -1, Transport: s})
	if err != nil {
		t.Fatal(err)
	}
	return gateway.New(c)
}

var route = api.Key{Kind: "route", ID: "r"}

const conflict = `{"code":"conflict","message":"another route takes the same requests"}`

// What holds a claim may be about to give it up.
func TestConflictIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		g := behind(t, func(*http.Request) (int, string) {
			if asked++; asked < 3 {
				return http.StatusConflict, conflict
			}
			return http.StatusCreated, `{"id":"r"}`
		})
		if stored, err := g.Create(t.Context(), route, []byte(`{"id":"r"}`)); err != nil || stored.Revision != 7 || asked != 3 {
			t.Errorf("asked %d times: %v, %v", asked, stored, err)
		}
	})
}

func TestConflictThatStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := behind(t, func(*http.Request) (int, string) { return http.StatusConflict, conflict })
		start := time.Now()
		if _, err := g.Create(t.Context(), route, []byte(`{"id":"r"}`)); !errors.Is(err, client.ErrConflict) {
			t.Errorf("the error is %v", err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("it took %s to say so", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := g.Update(ctx, route, []byte(`{"id":"r"}`), 3); err == nil || time.Since(start) > 12*time.Second {
			t.Errorf("the end of the context goes unnoticed: %v", err)
		}
	})
}

// A question about routing waits until the node serves what was written.
func TestServing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serves := 5
		g := behind(t, func(r *http.Request) (int, string) {
			if r.Method == http.MethodPut {
				return http.StatusOK, `{"id":"r"}` // at revision 7
			}
			serves++
			return http.StatusOK, fmt.Sprintf(`{"revision":%d,"problems":[]}`, min(serves, 7))
		})
		if _, err := g.Update(t.Context(), route, []byte(`{"id":"r"}`), 3); err != nil {
			t.Fatal(err)
		}
		if _, err := g.Serving(t.Context()); err != nil || serves != 7 {
			t.Errorf("served %d: %v", serves, err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		g := behind(t, func(r *http.Request) (int, string) {
			if r.Method == http.MethodPut {
				return http.StatusOK, `{"id":"r"}`
			}
			return http.StatusOK, `{"revision":6,"problems":[]}`
		})
		if _, err := g.Update(t.Context(), route, []byte(`{"id":"r"}`), 3); err != nil {
			t.Fatal(err)
		}
		if _, err := g.Serving(t.Context()); err == nil || !strings.Contains(err.Error(), "serves revision 6 still") {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestNotKnown(t *testing.T) {
	g := gateway.New(nil)
	_, _, get := g.Get(t.Context(), route)
	_, create := g.Create(t.Context(), route, nil)
	_, validate := g.Validate(t.Context(), "route", nil)
	_, serving := g.Serving(t.Context())
	for i, err := range []error{get, create, validate, serving, g.Delete(t.Context(), route)} {
		if !errors.Is(err, gateway.ErrNotKnown) {
			t.Errorf("%d: the error is %v", i, err)
		}
	}
}

// That something is gone already is what a deletion wants.
func TestGone(t *testing.T) {
	g := behind(t, func(*http.Request) (int, string) {
		return http.StatusNotFound, `{"code":"not_found","message":"there is no route"}`
	})
	if _, found, err := g.Get(t.Context(), route); found || err != nil {
		t.Errorf("found is %v, %v", found, err)
	}
	if err := g.Delete(t.Context(), route); err != nil {
		t.Error(err)
	}
}

// A creation replaces nothing, and an update only what it was planned for.
func TestConditions(t *testing.T) {
	var sent http.Header
	g := behind(t, func(r *http.Request) (int, string) {
		sent = r.Header
		return http.StatusPreconditionFailed, `{"code":"revision","message":"it is at another revision"}`
	})
	if _, err := g.Create(t.Context(), route, []byte(`{"id":"r"}`)); !errors.Is(err, client.ErrRevision) || sent.Get("If-None-Match") != "*" {
		t.Errorf("creation: %v, sent %v", err, sent)
	}
	if _, err := g.Update(t.Context(), route, []byte(`{"id":"r"}`), 3); !errors.Is(err, client.ErrRevision) || sent.Get("If-Match") != `"3"` {
		t.Errorf("update: %v, sent %v", err, sent)
	}
}
