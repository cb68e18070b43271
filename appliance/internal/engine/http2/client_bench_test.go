// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"context"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http2"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/life"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// BenchmarkClientUnary makes unary calls, one or many at a time, to a server of this
// package: both sides count.
func BenchmarkClientUnary(b *testing.B) {
	for name, parallel := range map[string]int{"1": 1, "100": 50} { // for each core
		b.Run(name, func(b *testing.B) {
			s := listen(b, sessionOptions(), false)
			c, _ := newClient(b, s.address)
			b.ReportAllocs()
			b.SetParallelism(parallel)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					unary(b, c)
				}
			})
		})
	}
}

func unary(b *testing.B, c *http2.Client) {
	var ctx context.Context = new(life.Line)
	content := "0123456789"
	request := &message.Request{Proto: message.HTTP2, Method: "POST", Scheme: "http", Host: "a.test", Path: "/a.B/C", ContentLength: int64(len(content))}
	request.Header.Add("content-type", "application/grpc")
	request.Header.Add("te", "trailers")
	request.Header.Add("user-agent", "bench")
	request.Body = nopCloser{strings.NewReader(content)}
	var response message.Response
	if err := c.RoundTrip(ctx, request, &response, nil); err != nil {
		b.Error(err)
		return
	}
	if response.Body != nil {
		var few [64]byte
		for {
			if _, err := response.Body.Read(few[:]); err != nil {
				break
			}
		}
		response.Body.Close()
	}
}

type nopCloser struct{ *strings.Reader }

func (nopCloser) Close() error { return nil }
