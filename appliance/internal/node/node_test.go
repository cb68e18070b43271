// SPDX-License-Identifier: Apache-2.0

package node_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/node"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// holding is a node that serves a target which answers when it is told to.
func holding(t *testing.T, grace time.Duration, change func(*node.Options)) (n *running, address string, asked, answer chan struct{}) {
	asked, answer = make(chan struct{}), make(chan struct{})
	host, port, _ := net.SplitHostPort(testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-answer:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, "late")
	}))
	n, address = start(t, grace, change), testkit.FreeAddress(t)
	n.write("listener", "l", `{"address":"`+address+`"}`, "upstream", "u", `{"targets":[{"host":"`+host+`","port":`+port+`}]}`, "route", "r", `{"upstream":"u"}`)
	return n, address, asked, answer
}

// The node tells what it is doing, from boot to its end (S3-33, S3-79), and
// finishes what is in flight (S3-38).
func TestLife(t *testing.T) {
	n, address, asked, answer := holding(t, 20*time.Second, nil)
	said := n.listed()
	if said == nil || said.State != "serving" || said.ID != "n1" || said.Zone != "z1" || said.Version != "v1" || said.Revision != n.Revision() || n.Ready() != "" {
		t.Fatalf("the node tells %+v; ready: %q", said, n.Ready())
	}
	got := make(chan int, 1)
	go func() { got <- get(once, "http://"+address) }()
	<-asked
	n.stop()
	eventually(t, "tell that it drains", func() bool { said := n.listed(); return said != nil && said.State == "draining" })
	if n.Ready() == "" {
		t.Error("ready while it stops")
	}
	eventually(t, "stop accepting", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	close(answer)
	if status := <-got; status != 200 {
		t.Errorf("the request in flight got %d", status)
	}
	if err := <-n.ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if n.listed() != nil {
		t.Error("the node is still listed")
	}
}

// Nothing holds a node longer than its grace: neither a request, nor a
// listener that was removed before.
func TestGraceIsTheLimit(t *testing.T) {
	for _, removed := range []bool{false, true} {
		var log *record
		ends := &lastError{}
		n, address, asked, _ := holding(t, 50*time.Millisecond, func(o *node.Options) {
			log = logging(o)
			o.Compiler = snapshot.NewCompiler(plugin.NewCatalogue(), plugin.Env{Log: o.Log, Now: time.Now}, upstream.Env{},
				snapshot.Meters{Route: func(string) snapshot.RouteMeter { return ends }, Forget: func(string) {}})
		})
		got := make(chan int, 1)
		go func() { got <- get(once, "http://"+address) }()
		<-asked
		if removed {
			n.write("listener", "l", "")
		}
		n.stop()
		select {
		case err := <-n.ended:
			if err != nil {
				t.Errorf("ended with %v", err)
			}
		case <-time.After(15 * time.Second): // a removed listener has 30 s of its own
			t.Fatal("does not end")
		}
		if status := <-got; status != 0 {
			t.Errorf("the request in flight got %d", status)
		}
		if err := ends.last.Load(); err == nil || !strings.HasPrefix((*err).Error(), "the gateway stopped") {
			t.Errorf("the request in flight ended with %v", err)
		}
		for _, text := range []string{"msg=stopping grace=50ms in_flight=1", "cut off\" cut=1"} {
			if !strings.Contains(log.String(), text) {
				t.Errorf("%q is not logged:\n%s", text, log)
			}
		}
	}
}

// lastError is a meter that keeps how the last exchange ended.
type lastError struct{ last atomic.Pointer[error] }

func (*lastError) Begin(*plugin.Exchange)    {}
func (e *lastError) Done(x *plugin.Exchange) { err := x.Err; e.last.Store(&err) }

// A node whose store is closed ends with that error and leaves nothing open.
func TestStoreClosed(t *testing.T) {
	n, address, _, _ := holding(t, time.Second, nil)
	if err := n.store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-n.ended; !errors.Is(err, store.ErrClosed) {
		t.Errorf("ended with %v", err)
	}
	if got := get(once, "http://"+address); got != 0 {
		t.Errorf("still answers %d", got)
	}
}

// Before the first configuration the node is booting and not ready.
func TestBooting(t *testing.T) {
	slow := &slowStore{begin: make(chan struct{})}
	n := newNode(t, func(o *node.Options) { slow.Store, o.Store = o.Store, slow })
	n.run(time.Second)
	eventually(t, "tell that it boots", func() bool { said := n.listed(); return said != nil && said.State == "booting" })
	if n.Ready() == "" {
		t.Error("ready without a configuration")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := n.WaitApplied(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waited for a configuration: %v", err)
	}
	close(slow.begin)
	n.wait(1)
	if n.Ready() != "" || n.listed().State != "serving" {
		t.Errorf("ready: %q, tells %+v", n.Ready(), n.listed())
	}
}

// Who has waited for a revision finds that the node has told of it, and a node
// that was cut off withdraws all the same.
func TestWhatOthersFind(t *testing.T) {
	var log *record
	var watched *watchedRegistry
	n, address, asked, _ := holding(t, time.Millisecond, func(o *node.Options) {
		log = logging(o)
		watched = &watchedRegistry{Registry: o.Registry, withdrawn: make(chan error, 1)}
		o.Registry = watched
	})
	never, cancel := context.WithCancel(context.Background())
	cancel()
	early := make(chan bool, 1)
	tell := func([]byte) { early <- n.WaitApplied(never, n.Revision()) == nil }
	watched.tell.Store(&tell)
	n.write("upstream", "other", `{}`)
	if <-early {
		t.Error("a revision is applied before others are told of it")
	}
	if revision := fmt.Sprintf(`msg="configuration applied" revision=%d`, n.Revision()); !strings.Contains(log.String(), revision) {
		t.Errorf("%q is not logged:\n%s", revision, log)
	}
	watched.tell.Store(nil)
	got := make(chan int, 1)
	go func() { got <- get(once, "http://"+address) }()
	<-asked
	n.stop()
	if err := <-watched.withdrawn; err != nil {
		t.Errorf("withdrawn with a context that has ended: %v", err)
	}
	<-got
}

// A watchedRegistry sees what a node tells.
type watchedRegistry struct {
	store.Registry
	tell      atomic.Pointer[func(value []byte)] // called before an update; nil for nothing
	withdrawn chan error                         // how the context of Close was
}

func (r *watchedRegistry) Register(ctx context.Context, id string, value []byte, ttl time.Duration) (store.Registration, error) {
	lease, err := r.Registry.Register(ctx, id, value, ttl)
	return &watchedRegistration{lease, r}, err
}

type watchedRegistration struct {
	store.Registration
	by *watchedRegistry
}

func (r *watchedRegistration) Update(value []byte) {
	if tell := r.by.tell.Load(); tell != nil {
		(*tell)(value)
	}
	r.Registration.Update(value)
}

func (r *watchedRegistration) Close(ctx context.Context) error {
	r.by.withdrawn <- ctx.Err()
	return r.Registration.Close(ctx)
}

type slowStore struct {
	store.Store
	begin chan struct{}
}

func (s *slowStore) Follow(ctx context.Context, apply func(store.Update), report func(error)) error {
	<-s.begin
	return s.Store.Follow(ctx, apply, report)
}

// A described request is routed as a real one would be.
func TestMatch(t *testing.T) {
	n := start(t, time.Second, nil)
	n.write("upstream", "u", `{}`, "service", "s", `{"upstream":"u"}`,
		"route", "r", `{"service":"s","paths":["/users/{id}"],"methods":["GET"]}`,
		"route", "g", `{"service":"s","grpc":[{"service":"pkg.Greeter"}],"client_networks":["10.0.0.0/8"]}`)
	for _, test := range []struct {
		m     api.MatchRequest
		route string
		err   string
	}{
		{api.MatchRequest{Path: "/users/7?x=1"}, "r", ""},
		{api.MatchRequest{Path: "/users/7", Method: "POST"}, "", ""},
		{api.MatchRequest{Path: "/pkg.Greeter/Hello", GRPC: true, Client: "10.1.1.1"}, "g", ""},
		{api.MatchRequest{Path: "/pkg.Greeter/Hello", GRPC: true, Client: "::ffff:10.1.1.1"}, "g", ""},
		{api.MatchRequest{Path: "/pkg.Greeter/Hello", GRPC: true}, "", ""},
		{api.MatchRequest{Path: "users"}, "", `path must begin with "/"`},
		{api.MatchRequest{Path: "/a/%2e%2e/b"}, "", "path: "},
		{api.MatchRequest{Path: "/", Client: "nobody"}, "", "client must be an IP address"},
	} {
		got, err := n.Match(test.m)
		if got.Route != test.route || (err == nil) != (test.err == "") || err != nil && !strings.HasPrefix(err.Error(), test.err) {
			t.Errorf("%+v: %+v, %v", test.m, got, err)
		}
	}
	if got, _ := n.Match(api.MatchRequest{Path: "/users/7"}); got.Params["id"] != "7" || got.Service != "s" || got.Upstream != "u" {
		t.Errorf("%+v", got)
	}
}

// The log says of a store that is away whether there is something to serve,
// tells of every change that was applied, and of a file's mistakes as such.
func TestLogOfStore(t *testing.T) {
	var log *record
	losing := &losingStore{reports: make(chan error)}
	n := newNode(t, func(o *node.Options) { log, losing.Store, o.Store = logging(o), o.Store, losing })
	n.run(time.Second)
	losing.reports <- errors.New("refused")
	losing.reports <- nil
	close(losing.reports)
	n.wait(1)
	for _, text := range []string{`level=WARN msg="the store is away, and there is no configuration to serve yet" error=refused`, `msg="the store is back"`, `level=INFO msg="configuration applied" revision=1`} {
		if !strings.Contains(log.String(), text) {
			t.Errorf("%q is not logged:\n%s", text, log)
		}
	}
	if strings.Contains(log.String(), "last good") {
		t.Errorf("logged of a configuration that was not there:\n%s", log)
	}
	began := time.Now()
	for i := range 20 {
		n.write("upstream", "u", fmt.Sprintf(`{"description":"%d"}`, i))
	}
	most := 2 + int(time.Since(began)/time.Second)
	if told := strings.Count(log.String(), `level=INFO msg="configuration applied"`); told > most {
		t.Errorf("constant change is told %d times at INFO:\n%s", told, log)
	}
}

// A losingStore reports before it follows.
type losingStore struct {
	store.Store
	reports chan error
}

func (s *losingStore) Follow(ctx context.Context, apply func(store.Update), report func(error)) error {
	for err := range s.reports {
		report(err)
	}
	return s.Store.Follow(ctx, apply, report)
}
