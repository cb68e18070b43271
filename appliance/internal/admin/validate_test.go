// SPDX-License-Identifier: Apache-2.0

package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/etcd/etcdtest"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/file"
)

// listOnly is a store that cannot be probed, such as a file.
type listOnly struct{ store.Store }

var validations = []struct {
	name, request string
	want          []string // "object code path other"
}{
	{"nothing", `{}`, nil},
	{"fine", `{"put":[{"kind":"route","object":{"id":"new","upstream":"up","paths":["/new"]}}]}`, nil},
	{"plural kind", `{"put":[{"kind":"routes","object":{"id":"new","upstream":"up"}}],"delete":[{"kind":"routes","id":"none"}]}`, nil},
	{"without its secret", `{"put":[{"kind":"credential","object":{"id":"new","consumer":"alice","type":"key"}}]}`, nil},
	{"the object itself", `{"put":[{"kind":"route","object":{"id":"home","upstream":"up","paths":["/home"],"listeners":["web"]}}]}`, nil},
	{"reference in the set", `{"put":[{"kind":"route","object":{"id":"new","upstream":"new"}},{"kind":"upstream","object":{"id":"new"}}]}`, nil},
	{"reference to a bad one in the set", `{"put":[{"kind":"route","object":{"id":"new","upstream":"new"}},{"kind":"upstream","object":{"id":"new","port":1}}]}`,
		[]string{"upstream/new invalid port "}},
	{"all mistakes", `{"put":[{"kind":"route","object":{"id":"new","upstreem":"x","paths":["x"]}}]}`,
		[]string{"route/new invalid upstreem ", "route/new invalid paths[0] "}},
	{"no id", `{"put":[{"kind":"upstream","object":{}}]}`, []string{"upstream/ invalid id "}},
	{"no kind", `{"put":[{"kind":"vhost","object":{"id":"x"}}],"delete":[{"kind":"vhost","id":"y"}]}`,
		[]string{"vhost/x invalid kind ", "vhost/y invalid kind "}},
	{"dangling", `{"put":[{"kind":"route","object":{"id":"new","upstream":"up","policies":["p"]}}]}`,
		[]string{"route/new unknown_reference policies[0] policy/p"}},
	{"claimed in the store", `{"put":[{"kind":"listener","object":{"id":"new","address":":8080"}}]}`,
		[]string{"listener/new conflict address listener/web"}},
	{"claimed in the set", `{"put":[{"kind":"listener","object":{"id":"a","address":":1"}},{"kind":"listener","object":{"id":"b","address":":1"}}]}`,
		[]string{"listener/b conflict address listener/a"}},
	{"claims change hands", `{"put":[{"kind":"listener","object":{"id":"web","address":":2"}},{"kind":"listener","object":{"id":"b","address":":8080"}}]}`, nil},
	{"holder in the set keeps it", `{"put":[{"kind":"listener","object":{"id":"b","address":":8080"}},{"kind":"listener","object":{"id":"web","address":":8080"}}]}`,
		[]string{"listener/web conflict address listener/b"}},
	{"many claims of one", `{"put":[{"kind":"route","object":{"id":"new","upstream":"up","paths":["/home","/x"],"listeners":["web"]}}]}`,
		[]string{"route/new conflict  route/home"}},
	{"in use", `{"delete":[{"kind":"upstream","id":"up"}]}`, []string{"upstream/up in_use  route/home"}},
	{"deleted together", `{"delete":[{"kind":"upstream","id":"up"},{"kind":"route","id":"home"}]}`, nil},
	{"deleted and referred to", `{"put":[{"kind":"route","object":{"id":"home","upstream":"up"}}],"delete":[{"kind":"upstream","id":"up"}]}`,
		[]string{"route/home unknown_reference upstream upstream/up"}},
	{"delete of nothing", `{"delete":[{"kind":"route","id":"none"}]}`, nil},
	{"delete of a bad id", `{"delete":[{"kind":"route","id":"a/b"}]}`, []string{"route/a/b invalid id "}},
	{"twice", `{"put":[{"kind":"upstream","object":{"id":"a"}},{"kind":"upstream","object":{"id":"a"}}],"delete":[{"kind":"upstream","id":"a"}]}`,
		[]string{"upstream/a invalid id ", "upstream/a invalid id "}},
}

// TestValidate: the dry run finds what an apply would refuse, over every kind
// of store, and changes nothing.
func TestValidate(t *testing.T) {
	memory := newWorld(t)
	furnish(memory)
	t.Run("memory", func(t *testing.T) { testValidate(t, memory) })
	t.Run("list only", func(t *testing.T) { testValidate(t, newWorldOver(t, listOnly{memory.store}, nil)) })
	t.Run("etcd", func(t *testing.T) {
		s := etcdtest.Start(t).Store("admin")
		w := newWorldOver(t, s, s)
		furnish(w)
		testValidate(t, w)
	})
}

func testValidate(t *testing.T, w *world) {
	before := w.contents()
	for _, c := range validations {
		t.Run(c.name, func(t *testing.T) {
			body := read[api.ProblemsBody](t, w.want(200, "POST", "/v1/validate", c.request))
			var got []string
			for _, p := range body.Problems {
				other := ""
				if p.Other != nil {
					other = p.Other.String()
				}
				got = append(got, fmt.Sprintf("%s %s %s %s", p.Key, p.Code, p.Path, other))
				if p.Message == "" {
					t.Errorf("%s: no message", p.Key)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if body.Revision == 0 {
				t.Error("no revision")
			}
		})
	}
	if after := w.contents(); after != before {
		t.Errorf("the store has changed:\n%s", after)
	}
}

// counting counts the listings of a store that can be probed.
type counting struct {
	store.Store
	lists int
}

func (c *counting) List(ctx context.Context, kind string, options store.ListOptions) (store.Page, error) {
	c.lists++
	return c.Store.List(ctx, kind, options)
}

func (c *counting) Probe(ctx context.Context, q store.Question) (store.Facts, error) {
	return c.Store.(store.Prober).Probe(ctx, q)
}

// TestValidateReadsLittle: a dry run does not read the whole cluster.
func TestValidateReadsLittle(t *testing.T) {
	memory := newWorld(t)
	furnish(memory)
	s := &counting{Store: memory.store}
	testValidateOnce(t, newWorldOver(t, s, nil))
	if s.lists > 0 {
		t.Errorf("%d listings", s.lists)
	}
}

func testValidateOnce(t *testing.T, w *world) {
	t.Helper()
	body := read[api.ProblemsBody](t, w.want(200, "POST", "/v1/validate", validations[len(validations)-2].request))
	if len(body.Problems) != 1 {
		t.Errorf("problems: %+v", body)
	}
}

// TestValidateMany: a set of thousands is one request, its answer is bounded.
func TestValidateMany(t *testing.T) {
	w := newWorld(t)
	var request api.ValidateRequest
	for i := range 3000 {
		object, _ := json.Marshal(map[string]any{"id": fmt.Sprintf("r%d", i), "upstream": "none", "paths": []string{fmt.Sprintf("/%d", i)}})
		request.Put = append(request.Put, api.ValidateObject{Kind: "route", Object: object})
	}
	data, _ := json.Marshal(request)
	body := read[api.ProblemsBody](t, w.want(200, "POST", "/v1/validate", string(data)))
	if len(body.Problems) != 100 || body.More != 2900 {
		t.Errorf("%d problems and %d more", len(body.Problems), body.More)
	}
	w.want(413, "POST", "/v1/validate", `{"put":[`+strings.Repeat(" ", 9<<20)+`]}`)
}

// moving is a store whose revision goes away between two listings, as a
// file's does when it is changed.
type moving struct {
	store.Store
	left int
}

func (m *moving) List(ctx context.Context, kind string, options store.ListOptions) (store.Page, error) {
	if options.Revision != 0 && m.left > 0 {
		m.left--
		return store.Page{}, fmt.Errorf("list: %w", store.ErrCompacted)
	}
	return m.Store.List(ctx, kind, options)
}

// TestValidateAgain: a dry run begins again when the revision it reads goes away.
func TestValidateAgain(t *testing.T) {
	memory := newWorld(t)
	furnish(memory)
	testValidateOnce(t, newWorldOver(t, &moving{Store: memory.store, left: 3}, nil))
}

// TestReadOnlyFile: a configuration file is shown and checked against, and
// takes no writes.
func TestReadOnlyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	content := "upstreams:\n  - id: up\nroutes:\n  - {id: home, upstream: up}\n"
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := file.Open(path, file.Config{Kinds: map[string]string{"upstreams": "upstream", "routes": "route"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := newWorldOver(t, s, nil)
	w.want(200, "GET", "/v1/routes/home", "")
	w.want(403, "PUT", "/v1/routes/home", `{"upstream":"up","description":"new"}`)
	w.want(403, "DELETE", "/v1/routes/home", "")
	body := read[api.ProblemsBody](t, w.want(200, "POST", "/v1/validate", `{"delete":[{"kind":"upstream","id":"up"}]}`))
	if len(body.Problems) != 1 || body.Problems[0].Code != api.CodeInUse {
		t.Errorf("problems: %+v", body)
	}
}
