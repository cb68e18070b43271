// SPDX-License-Identifier: Apache-2.0

package node_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/node"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/observe"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/memory"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// A record keeps what is logged.
type record struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// logging makes a node log to a record.
func logging(o *node.Options) *record {
	r := &record{}
	o.Log = slog.New(slog.NewTextHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return r
}

// A running node follows a store in memory.
type running struct {
	*node.Node
	t     *testing.T
	store *memory.Store
	stop  context.CancelFunc
	ended chan error
}

func newNode(t *testing.T, change func(*node.Options)) *running {
	st := memory.New()
	log := slog.New(slog.DiscardHandler)
	metrics := observe.NewMetrics("")
	options := node.Options{
		ID: "n1", Zone: "z1", Version: "v1", Store: st, Registry: st, Log: log, Unrouted: metrics.Unrouted,
		Compiler: snapshot.NewCompiler(plugin.NewCatalogue(), plugin.Env{Log: log, Now: time.Now}, upstream.Env{},
			snapshot.Meters{Route: func(id string) snapshot.RouteMeter { return metrics.Route(id) }, Forget: metrics.Forget}),
	}
	if change != nil {
		change(&options)
	}
	return &running{Node: node.New(options), t: t, store: st, ended: make(chan error, 1)}
}

// start runs a node until the test ends.
func start(t *testing.T, grace time.Duration, change func(*node.Options)) *running {
	n := newNode(t, change)
	n.run(grace)
	n.wait(1)
	return n
}

func (n *running) run(grace time.Duration) {
	ctx, stop := context.WithCancel(context.Background())
	n.stop = stop
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.ended <- n.Run(ctx, grace)
	}()
	n.t.Cleanup(func() { stop(); <-done })
}

func (n *running) wait(revision int64) {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := n.WaitApplied(ctx, revision); err != nil {
		n.t.Fatal(err)
	}
}

// write makes changes, given as kind, id and JSON without the id or "" to
// delete, in one revision, and waits until they are served.
func (n *running) write(objects ...string) {
	n.t.Helper()
	var writes []store.Write
	for i := 0; i < len(objects); i += 3 {
		w := store.Write{Key: store.Key{Kind: objects[i], ID: objects[i+1]}}
		if objects[i+2] != "" {
			w.Value = []byte(strings.Replace(`{"id":"`+objects[i+1]+`",`+strings.TrimPrefix(objects[i+2], "{"), ",}", "}", 1))
		}
		writes = append(writes, w)
	}
	revision, err := n.store.Apply(context.Background(), writes)
	if err != nil {
		n.t.Fatal(err)
	}
	n.wait(revision)
}

// listed returns what others see of the node, nil if it is not listed.
func (n *running) listed() *api.Node {
	n.t.Helper()
	nodes, err := n.store.Nodes(context.Background())
	if err != nil {
		n.t.Fatal(err)
	}
	if nodes["n1"] == nil {
		return nil
	}
	var said api.Node
	if err := json.Unmarshal(nodes["n1"], &said); err != nil {
		n.t.Fatal(err)
	}
	return &said
}

// get returns the status of a request over a connection of its own, 0 if
// there is no answer.
func get(client *http.Client, url string) int {
	response, err := client.Get(url)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// once is a client that keeps no connection.
var once = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("does not %s", what)
		}
	}
}
