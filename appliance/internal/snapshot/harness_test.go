// SPDX-License-Identifier: Apache-2.0

package snapshot_test

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// A tag is a test's plugin: it takes part in every phase and says its name.
type tag struct {
	Say    string `json:"say,omitzero" doc:"What to say."`
	Broken bool   `json:"broken,omitzero" doc:"Fails when it is built."`
	Panics bool   `json:"panics,omitzero" doc:"Panics when it is built."`
}

func (*tag) Validate() error { return nil }

// running counts the plugins that were built and not closed.
var running atomic.Int64

func (c *tag) New(*plugin.Env) (any, error) {
	switch {
	case c.Broken:
		return nil, errors.New("cannot run here")
	case c.Panics:
		panic("a plugin's fault")
	}
	running.Add(1)
	return &tagged{say: c.Say}, nil
}

type tagged struct {
	say    string
	closed atomic.Bool
}

func (t *tagged) OnRequest(*plugin.Exchange) error  { return nil }
func (t *tagged) OnResponse(*plugin.Exchange) error { return nil }
func (t *tagged) OnDone(*plugin.Exchange)           {}
func (t *tagged) Close() error {
	if !t.closed.Swap(true) {
		running.Add(-1)
	}
	return nil
}

func catalogue() *plugin.Catalogue {
	define := func(name string) *plugin.Spec {
		return plugin.Define(name, "# "+name+"\n\nSays something.\n", func() tag { return tag{} })
	}
	return plugin.NewCatalogue(define("first"), define("second"), define("third"))
}

type meter struct{ id string }

func (*meter) Begin(*plugin.Exchange) {}
func (*meter) Done(*plugin.Exchange)  {}

type compiler struct {
	*snapshot.Compiler
	meters map[string]*meter
}

func newCompiler(t testing.TB) *compiler {
	c := &compiler{meters: make(map[string]*meter)}
	c.Compiler = snapshot.NewCompiler(catalogue(), plugin.Env{Log: slog.New(slog.DiscardHandler), Now: time.Now}, upstream.Env{}, snapshot.Meters{
		Route: func(id string) snapshot.RouteMeter {
			if c.meters[id] == nil {
				c.meters[id] = &meter{id}
			}
			return c.meters[id]
		},
		Forget: func(id string) { delete(c.meters, id) },
	})
	t.Cleanup(c.Close)
	return c
}

// apply applies one change after the other, as one revision each.
func (c *compiler) apply(changes ...snapshot.Object) *snapshot.Snapshot {
	for _, ch := range changes {
		c.Apply(c.Current().Revision+1, false, []snapshot.Object{ch})
		c.Retire()
	}
	return c.Current()
}

// object makes an object of JSON without its id; "" is one that is gone.
func object(kind, id, document string) snapshot.Object {
	o := snapshot.Object{Key: api.Key{Kind: kind, ID: id}}
	if document != "" {
		o.Value = []byte(`{"id":"` + id + `",` + strings.TrimPrefix(document, "{"))
		o.Value = []byte(strings.Replace(string(o.Value), ",}", "}", 1))
	}
	return o
}

// state describes all that a snapshot does for the outside.
func state(t testing.TB, s *snapshot.Snapshot) string {
	t.Helper()
	var b strings.Builder
	for i := range 4 {
		id := fmt.Sprintf("r%d", i)
		entry := s.Router.Entry(id)
		if entry == nil {
			continue
		}
		r := entry.Value
		if r.Blocked {
			fmt.Fprintf(&b, "blocked %s: %s %+v\n", id, text(r.API), r.Info)
			continue
		}
		fmt.Fprintf(&b, "route %s: %s %+v targets", id, text(r.API), r.Info)
		for _, target := range s.Pool(r).Targets() {
			fmt.Fprintf(&b, " %s*%d", target.Address(), target.Spec.Share())
		}
		fmt.Fprintf(&b, " chain %s", chain(r.Chain))
		for j := range 3 {
			who := &api.Consumer{Meta: api.Meta{ID: fmt.Sprintf("c%d", j)}}
			fmt.Fprintf(&b, " %s %s", who.ID, chain(s.ChainFor(r, who)))
		}
		b.WriteByte('\n')
	}
	for _, path := range []string{"/", "/a", "/b"} {
		request := &message.Request{Proto: message.HTTP11, Method: "GET", Scheme: "http", Host: "h", Path: path, Listener: "l0"}
		if entry, _ := s.Router.Match(request, netip.MustParseAddr("192.0.2.1")); entry != nil {
			fmt.Fprintf(&b, "match %s: %s\n", path, entry.Value.Info.ID)
		}
	}
	for i := range 3 {
		id := fmt.Sprintf("l%d", i)
		l := s.Listeners[id]
		if l == nil {
			continue
		}
		fmt.Fprintf(&b, "listener %s: %s trusted %v", id, text(l.API), l.Trusted)
		if l.TLS != nil {
			for _, name := range []string{"a.test", "b.test", "x.w.test", "other.test", ""} {
				cert, err := l.TLS.GetCertificate(&tls.ClientHelloInfo{ServerName: name})
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, " %s=%s", name, cert.Leaf.SerialNumber)
			}
		}
		b.WriteByte('\n')
	}
	for i := range 3 {
		if c := s.FindCredential(api.Fingerprint(api.CredentialKey, secret(i))); c != nil {
			fmt.Fprintf(&b, "secret %d: %s\n", i, text(c))
		}
	}
	for _, step := range s.Unrouted.Done {
		fmt.Fprintf(&b, "unrouted %s=%s\n", step.Name, step.Phase.(*tagged).say)
	}
	for _, p := range s.Problems {
		fmt.Fprintf(&b, "problem %s %s", p.Code, p)
		if p.Other != nil {
			fmt.Fprintf(&b, " (%s)", p.Other)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func chain(c *snapshot.Chain) string {
	var says []string
	for _, step := range c.Request {
		says = append(says, step.Name+"="+step.Phase.(*tagged).say)
	}
	return fmt.Sprintf("%v/%d/%d", says, len(c.Response), len(c.Done))
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func secret(i int) string { return fmt.Sprintf("a-long-enough-secret-%d", i) }
