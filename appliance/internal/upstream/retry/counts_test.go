// SPDX-License-Identifier: Apache-2.0

package retry_test

import (
	"errors"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/retry"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// S1-42: each retry counts by what was wrong with the try before.
func TestReasons(t *testing.T) {
	lost := errors.New("lost")
	failure := func(phase message.Phase, err error) error {
		return &message.TransportError{Phase: phase, Err: err}
	}
	for _, test := range []struct {
		name   string
		err    error
		status int
		want   retry.Reason
	}{
		{"no connection", failure(message.PhaseConnect, lost), 0, retry.ForConnect},
		{"no connection in time", failure(message.PhaseConnect, timeout{}), 0, retry.ForConnect},
		{"no handshake", failure(message.PhaseTLS, lost), 0, retry.ForConnect},
		{"a reset", failure(message.PhaseHead, lost), 0, retry.ForReset},
		{"a reset while writing", failure(message.PhaseWrite, lost), 0, retry.ForReset},
		{"no head in time", failure(message.PhaseTimeout, lost), 0, retry.ForTimeout},
		{"silence", failure(message.PhaseHead, timeout{}), 0, retry.ForTimeout},
		{"something else", lost, 0, retry.ForReset},
		{"a status", nil, 503, retry.ForStatus},
		{"a status of gRPC", nil, 200, retry.ForGRPCStatus},
	} {
		p := retry.New(settings(func(r *api.Retries) { r.Statuses = []api.StatusRange{"503"} }), nil)
		p.Retried(test.err, &message.Response{Status: test.status})
		for _, reason := range retry.Reasons() {
			want := int64(0)
			if reason == test.want {
				want = 1
			}
			if got := p.Counts().Retries[reason]; got != want {
				t.Errorf("%s: %d of %s, want %d", test.name, got, reason, want)
			}
		}
	}
}

// Counts go on when the settings change, and also when there are none.
func TestCountsGoOn(t *testing.T) {
	first := retry.New(settings(func(r *api.Retries) { r.BudgetPerSecond = 0 }), nil)
	for range 2 {
		if first.Afford(time.Now()) {
			t.Fatal("a budget of nothing has something left")
		}
	}
	without := retry.New(nil, first)
	without.Retried(&message.TransportError{Phase: message.PhaseConnect}, nil)
	last := retry.New(settings(nil), without)
	last.Hedged(true)
	last.Hedged(false)
	last.Hedged(false)
	want := retry.Counts{Denied: 2, HedgesWon: 1, HedgesLost: 2}
	want.Retries[retry.ForConnect] = 1
	if got := last.Counts(); got != want || first.Counts() != want || !last.SameCounts(first) {
		t.Errorf("counts %+v and %+v, want %+v", got, first.Counts(), want)
	}
	other := retry.New(nil, nil)
	if other.SameCounts(last) || other.Counts() != (retry.Counts{}) {
		t.Error("two upstreams count together")
	}
	if sum := want.Plus(want); sum.Denied != 4 || sum.HedgesWon != 2 || sum.HedgesLost != 4 || sum.Retries[retry.ForConnect] != 2 {
		t.Errorf("twice is %+v", sum)
	}
}
