// SPDX-License-Identifier: Apache-2.0

// Package flood attacks a proxy on the loopback interface, to see what its
// other clients notice. A flood runs in a process of its own at the lowest
// priority, so that it takes only processor time that nobody else wants: what
// others notice is the proxy's work and not the attacker's. Every flood has a
// fixed number of connections, waits before it opens one again, and ends by
// itself.
package flood

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/child"
)

// Longest is when a flood ends that nobody has ended.
const Longest = time.Minute

// patience is how long anything may take that is no part of an attack.
const patience = 20 * time.Second

// pause is how long an attacker who was cut off waits before the next connection.
const pause = 20 * time.Millisecond

// A Spec says which flood to make.
type Spec struct {
	Kind        string
	Address     string // of HTTP/1.1, and of HTTP/2
	HTTP2       string
	Connections int
	Path        string // of a large body, or of calls
	Rate        int    // of ordinary requests a second; as fast as they are answered if 0
}

// Counts is what a flood has done so far.
type Counts struct {
	Done   int64 // frames, requests, or bytes of heads that were sent
	Opened int64 // connections
	Cut    int64 // connections that the proxy ended
	Calmed int64 // of these, with GOAWAY ENHANCE_YOUR_CALM
}

// A flood is a Spec at work.
type flood struct {
	*Spec
	done, opened, cut, calmed atomic.Int64
	ready                     sync.WaitGroup // until every attacker has begun
}

// An attack begins on a new connection and goes on until it is cut off or ctx
// ends. It calls ready when it has begun.
type attack func(ctx context.Context, f *flood, c net.Conn, i int, ready func()) error

// attacks are the kinds of floods but for ordinary requests and calls.
var attacks = map[string]attack{
	"reset":        reset,
	"continuation": continuation,
	"control":      control,
	"slow-heads":   slowHead,
	"slow-readers": slowReader,
	"slow-streams": slowStreams,
	"zero-windows": zeroWindows,
	"black-hole":   blackHole,
	"http1":        nil,
	"grpc":         nil,
}

// Run makes a flood until in ends, or Longest has passed. It writes one line
// when the flood has begun, and its Counts for every byte of the input.
func Run(document string, in io.Reader, out io.Writer) error {
	f := &flood{Spec: &Spec{}}
	if err := json.Unmarshal([]byte(document), f.Spec); err != nil {
		return fmt.Errorf("flood: %w", err)
	}
	one, ok := attacks[f.Kind]
	if !ok {
		return fmt.Errorf("flood: there is no kind %q", f.Kind)
	}
	for _, address := range []string{f.Address, f.HTTP2} {
		if host, _, err := net.SplitHostPort(address); err != nil || !net.ParseIP(host).IsLoopback() {
			return fmt.Errorf("flood: %q is no loopback address", address)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), Longest)
	defer cancel()
	var running sync.WaitGroup
	if one == nil {
		running.Go(func() { f.ordinary(ctx) })
	} else {
		f.ready.Add(f.Connections)
		for i := range f.Connections {
			running.Go(func() { f.attacker(ctx, one, i) })
		}
	}
	f.ready.Wait()
	err := child.Serve(in, out, f.counts(), func() any { return f.counts() })
	cancel()
	running.Wait()
	return err
}

func (f *flood) counts() Counts {
	return Counts{Done: f.done.Load(), Opened: f.opened.Load(), Cut: f.cut.Load(), Calmed: f.calmed.Load()}
}

// attacker attacks on one connection after the other.
func (f *flood) attacker(ctx context.Context, one attack, i int) {
	ready := sync.OnceFunc(f.ready.Done)
	defer ready()
	for ctx.Err() == nil {
		if c, err := dial(ctx, f, i); err == nil {
			f.opened.Add(1)
			stop := context.AfterFunc(ctx, func() { c.Close() })
			err = one(ctx, f, c, i, ready)
			stop()
			c.Close()
			if err != nil && ctx.Err() == nil {
				f.cut.Add(1)
				if errors.Is(err, errCalmed) {
					f.calmed.Add(1)
				}
			}
		}
		rest(ctx, pause)
	}
}

// dial connects the i-th attacker; those who read slowly have little room to
// receive.
func dial(ctx context.Context, f *flood, i int) (net.Conn, error) {
	d, address := net.Dialer{Timeout: patience}, f.HTTP2
	switch f.Kind {
	case "black-hole":
		if !multiplexes(i) {
			address = f.Address
		}
	case "slow-heads":
		address = f.Address
	case "slow-readers":
		address = f.Address
		d.Control = func(_, _ string, raw syscall.RawConn) error {
			return raw.Control(func(fd uintptr) {
				_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) // it is slow either way
			})
		}
	}
	return d.DialContext(ctx, "tcp", address)
}

// rest waits, and reports whether the flood goes on.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
