// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/load"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/measure"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/peer"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
)

// An idleRow is a number of connections that do nothing, and what each of
// them may cost.
type idleRow struct {
	name, title string
	limit       float64 // bytes
	idle        load.Idle
	contenders  []contender
}

func (s *session) idleRows() []idleRow {
	websocket := load.Get(host, target.WebSocketPath, "Upgrade: websocket", "Connection: Upgrade",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
	nginx := peer.Nginx("nginx")
	return []idleRow{
		{
			name: "idle", title: "5,000 keep-alive connections that idle after one request", limit: 5 << 10,
			idle:       load.Idle{Count: 5000, Head: load.Get(host, "/orders/17"), Size: target.BodySize},
			contenders: s.against(peer.Work{}, nginx),
		},
		{
			name: "websocket", title: "2,000 proxied WebSockets that idle after one message", limit: 12 << 10,
			idle:       load.Idle{Count: 2000, Head: websocket, Upgrade: true},
			contenders: s.against(peer.Work{}, nginx),
		},
	}
}

// warmUp is how many connections come and go before the measurement: what a
// process allocates once is not what a connection costs.
const warmUp = 64

// quietTime is how long memory must stay as it is to count as at rest.
const quietTime = 2 * time.Second

// measureIdle measures every contender alone, in a process of its own.
func (s *session) measureIdle(ctx context.Context, r *idleRow) (idleResult, error) {
	fmt.Fprintf(s.out, "\n%s: %s\n", r.name, r.title)
	result := idleResult{Name: r.name, Title: r.title, Limit: r.limit}
	for i, c := range r.contenders {
		one, err := s.measureIdleOf(ctx, r, &c, filepath.Join(s.dir, r.name, fmt.Sprint(i)))
		if err != nil {
			return idleResult{}, fmt.Errorf("%s: %w", c.proxy.Name, err)
		}
		result.Contenders = append(result.Contenders, one)
		fmt.Fprintf(s.out, "  %s: %.1f KiB a connection\n", one.Name, one.Each/1024)
	}
	return result, nil
}

func (s *session) measureIdleOf(ctx context.Context, r *idleRow, c *contender, dir string) (idleFigure, error) {
	p, err := c.proxy.Start(ctx, &c.work, dir)
	if err != nil {
		return idleFigure{}, err
	}
	defer p.Stop()
	first := r.idle
	first.Count = warmUp
	closeFirst, err := first.Open(ctx, p.Address)
	if err != nil {
		return idleFigure{}, err
	}
	closeFirst()
	// A hundredth of the limit for every connection is no change.
	tolerance := int64(r.limit) * int64(r.idle.Count) / 100
	before, _, err := measure.Settled(ctx, p.PIDs, tolerance, quietTime, s.Idle)
	if err != nil {
		return idleFigure{}, err
	}
	closeAll, err := r.idle.Open(ctx, p.Address)
	if err != nil {
		return idleFigure{}, err
	}
	defer closeAll()
	peak, err := measure.Memory(p.PIDs)
	if err != nil {
		return idleFigure{}, err
	}
	after, settled, err := measure.Settled(ctx, p.PIDs, tolerance, quietTime, s.Idle)
	if err != nil {
		return idleFigure{}, err
	}
	n := float64(r.idle.Count)
	return idleFigure{Name: c.proxy.Name, Before: before, After: after, Each: float64(after-before) / n, AtOnce: float64(peak-before) / n, Settled: settled}, nil
}
