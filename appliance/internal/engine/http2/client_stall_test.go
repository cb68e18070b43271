// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// S2-06: a client that stops in the middle of its request is sent away, and that
// is no timeout of the target, which must not be blamed for it.
func TestStalledClientIsNoTimeout(t *testing.T) {
	target := listen(t, session.Options{Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		_, _ = io.Copy(io.Discard, r.Body) // it fails
		s.Reset()
	})}, false)
	client, _ := newClient(t, target.address)
	failed, next := make(chan error, 1), make(chan error, 1)
	g := listen(t, session.Options{StallTimeout: 50 * time.Millisecond, Handler: handle(func(ctx context.Context, r *message.Request, s message.Stream) {
		var response message.Response
		err := client.RoundTrip(ctx, r, &response, s)
		<-ctx.Done()
		failed <- err
		next <- client.RoundTrip(ctx, get("GET", "/", nil), &response, s)
	})}, false)
	for range 5 {
		c := connect(t, g)
		c.head(1, false, ":method", "POST", ":scheme", "http", ":authority", "a", ":path", "/", "content-length", "5")
		c.WriteData(1, false, []byte("abc"))
		if err := failure(t, within(t, "the request fails", failed)); err.Phase != message.PhaseBody && err.Timeout() {
			t.Errorf("a timeout: %v", err)
		}
		if err := failure(t, within(t, "the next one fails", next)); err.Timeout() || err.MayRetry || err.Phase != message.PhaseCanceled {
			t.Errorf("a timeout, or in the wrong phase: %v", err)
		}
	}
}
