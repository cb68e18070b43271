// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"context"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// An exchange itself costs few allocations: the fields that it adds, and what
// its plugins ask for. The target is left out, a plugin answers in its place.
func BenchmarkExchange(b *testing.B) {
	response := &message.Response{Status: 204}
	answer := roundTrip(func(x *plugin.Exchange) error { x.Response = response; return nil })
	p := startBench(b, hook{wrap: func(plugin.Transport) plugin.Transport { return answer }})
	fields := get("/", "accept: */*", "user-agent: test", "connection: keep-alive").Header.Fields()
	s := &stream{}
	r := get("/")
	room := make([]message.Field, 0, 16)
	b.ReportAllocs()
	for b.Loop() {
		r.Header = message.MakeHeader(append(room[:0], fields...))
		p.Serve(context.Background(), r, s)
	}
	if s.status != 204 {
		b.Fatal(s.status)
	}
}
