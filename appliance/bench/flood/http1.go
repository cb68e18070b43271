// SPDX-License-Identifier: Apache-2.0

package flood

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/load"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
)

// slowHead sends a head, a byte a second (slowloris).
func slowHead(ctx context.Context, f *flood, c net.Conn, i int, ready func()) error {
	head := "GET /orders/17 HTTP/1.1\r\nHost: flood.example.com\r\nX-Slow: " + strings.Repeat("s", 10_000)
	if _, err := c.Write([]byte(head[:1])); err != nil {
		return err
	}
	ready()
	rest(ctx, time.Duration(i)*time.Second/time.Duration(f.Connections)) // not all at once
	for k := 1; rest(ctx, time.Second); k++ {
		if _, err := c.Write([]byte(head[k : k+1])); err != nil {
			return err
		}
		f.done.Add(1)
	}
	return nil
}

// slowReader asks for a large body and reads a few bytes a second.
func slowReader(ctx context.Context, f *flood, c net.Conn, i int, ready func()) error {
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: flood.example.com\r\n\r\n", f.Path); err != nil {
		return err
	}
	few := make([]byte, 8)
	if _, err := c.Read(few); err != nil {
		return err
	}
	f.done.Add(1)
	ready()
	rest(ctx, time.Duration(i)*time.Second/time.Duration(f.Connections))
	for rest(ctx, time.Second) {
		if _, err := c.Read(few); err != nil {
			return err
		}
	}
	return nil
}

// ordinary makes ordinary requests or calls: many.
func (f *flood) ordinary(ctx context.Context) {
	var w load.Work
	var p load.Pacer
	address := f.Address
	if f.Kind == "http1" {
		q := &load.Requests{Connections: f.Connections, Head: load.Get("flood.example.com", f.Path), Size: target.BodySize}
		w, p = q, q
	} else {
		q := &load.Calls{Connections: f.Connections, Streams: 1, Path: f.Path, Message: make([]byte, 128)}
		w, p, address = q, q, f.HTTP2
	}
	for f.Rate > 0 && ctx.Err() == nil {
		took, err := p.Paced(ctx, address, f.Rate, time.Second/2)
		if f.done.Add(int64(len(took))); err != nil && !errors.Is(err, context.Canceled) {
			f.cut.Add(1)
			rest(ctx, pause)
		}
	}
	if f.Rate > 0 {
		return
	}
	loop := w.Loop(address)
	defer loop.Stop()
	for begun := loop.Done(); rest(ctx, time.Second/50); {
		f.done.Add(loop.Done() - begun)
		begun = loop.Done()
		failed, _ := loop.Failed()
		f.cut.Store(failed)
	}
}
