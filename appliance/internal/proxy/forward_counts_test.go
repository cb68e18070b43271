// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/retry"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// S1-42: what is sent again counts once for each time, by what was wrong before;
// so does a hedge, by whether its answer was the client's; what the budget denies
// is told apart.
func TestRetriesAreCounted(t *testing.T) {
	var seen atomic.Int64
	fine := testkit.HTTP(t, nil, with(200))
	for name, test := range map[string]struct {
		upstream string
		status   int
		want     retry.Counts
	}{
		"nothing":    {upstreamOf("", fine), 200, retry.Counts{}},
		"connect":    {upstreamOf(`,"retries":{"budget_per_second":9,"backoff":"1ms","attempts":2}`, "127.9.9.9:1"), 502, retry.Counts{Retries: [5]int64{retry.ForConnect: 1}}},
		"status":     {upstreamOf(`,"retries":{"statuses":["503"],"budget_per_second":9,"backoff":"1ms"}`, testkit.HTTP(t, nil, with(503))), 503, retry.Counts{Retries: [5]int64{retry.ForStatus: 2}}},
		"reset":      {upstreamOf(`,"retries":{"budget_per_second":9,"backoff":"1ms","attempts":2}`, faulty(t, &seen, says(""))), 502, retry.Counts{Retries: [5]int64{retry.ForReset: 1}}},
		"timeout":    {upstreamOf(`,"retries":{"on":["timeout"],"per_try_timeout":"20ms","budget_per_second":9,"backoff":"1ms","attempts":2}`, faulty(t, &seen, hangs)), 504, retry.Counts{Retries: [5]int64{retry.ForTimeout: 1}}},
		"denied":     {upstreamOf(`,"retries":{"statuses":["503"],"budget":1,"budget_per_second":0}`, testkit.HTTP(t, nil, with(503))), 503, retry.Counts{Denied: 1}},
		"hedge lost": {upstreamOf(hedged+`}`, testkit.HTTP(t, nil, slowly()), testkit.HTTP(t, nil, slowly())), 200, retry.Counts{}},
	} {
		b := start(t)
		b.apply("upstream", "u", test.upstream, "route", "r", `{"upstream":"u"}`)
		if s := b.serve(context.Background(), get("/")); s.status != test.status {
			t.Errorf("%s: status %d", name, s.status)
		}
		got := b.pool().Retries().Counts()
		if name == "hedge lost" { // or won: both are slow
			if got.HedgesLost+got.HedgesWon != 1 {
				t.Errorf("%s: %+v", name, got)
			}
			continue
		}
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1)%2 == 1 {
			<-r.Context().Done()
			return
		}
		_, _ = io.WriteString(w, "quick")
	}
	seen.Store(0)
	b := start(t)
	b.apply("upstream", "u", upstreamOf(hedged+`}`, testkit.HTTP(t, nil, handler), testkit.HTTP(t, nil, handler)), "route", "r", `{"upstream":"u"}`)
	for range 3 {
		b.serve(context.Background(), get("/"))
	}
	if got, want := b.pool().Retries().Counts(), (retry.Counts{HedgesWon: 3}); got != want {
		t.Errorf("hedges: %+v, want %+v", got, want)
	}
	b.settle()
}

// slowly answers later than a hedge begins.
func slowly() http.HandlerFunc { return lateWith(200) }
