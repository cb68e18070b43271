// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"context"
	"io"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// BenchmarkRelayDownload takes bodies of 100 MiB from a target of this package
// through a gateway of it: all three sides count.
func BenchmarkRelayDownload(b *testing.B) {
	const size = 100 << 20
	g := between(b, listen(b, session.Options{Handler: handle(func(_ context.Context, _ *message.Request, s message.Stream) {
		_, _ = s.Respond(&message.Response{Status: 200, ContentLength: size, Body: io.NopCloser(io.LimitReader(zeros{}, size))})
	})}, false))
	c := browser(b, false)
	b.SetBytes(size)
	for b.Loop() {
		response, err := c.Get("http://" + g.address + "/")
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, response.Body); n != size || err != nil {
			b.Fatalf("%d bytes, %v", n, err)
		}
		response.Body.Close()
	}
}
