// SPDX-License-Identifier: Apache-2.0

package upstream_test

import (
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/discovery"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/limit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// waiting has a request wait for a connection to the pool's targets, and returns
// what tells that it is to look again.
func waiting(t *testing.T, p *upstream.Pool) <-chan error {
	var visit limit.Visit
	if err := visit.Enter(t.Context(), p.Gate()); err != nil {
		t.Fatal(err)
	}
	told := make(chan error, 1)
	go func() {
		defer visit.Leave()
		visit.Look()
		told <- visit.Wait(t.Context())
	}()
	for until := time.Now().Add(patience); p.Gate().Pending() != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("nobody waits")
		}
	}
	return told
}

func limited(u *api.Upstream) *api.Upstream {
	u.Limits = &api.Limits{MaxConnections: 1, MaxPending: 5, PendingTimeout: schema.Duration(2 * time.Second)}
	return u
}

// S3-107: who waits for a connection learns of a target that is available again,
// and of a new one, though nobody has left.
func TestWaitingForTargets(t *testing.T) {
	u := limited(refused(2, nil))
	u.Health.Passive.EjectionTime = schema.Duration(300 * time.Millisecond)
	p := newPool(t, u, nil)
	fail(t, p, 0)
	if err := <-waiting(t, p); err != nil {
		t.Errorf("a target is back: %v", err)
	}

	find := make(chan []api.Target)
	u = limited(spec(api.ProtocolHTTP, "10.0.0.1:80"))
	u.Discovery = &api.Discovery{}
	p, err := upstream.New(u, nil, upstream.Env{Discover: func(api.Discovery, discovery.Options) discovery.Source { return fed(find) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	told := waiting(t, p)
	find <- []api.Target{{Host: "10.0.0.2", Port: 80}}
	if err := <-told; err != nil {
		t.Errorf("a target is found: %v", err)
	}
}
