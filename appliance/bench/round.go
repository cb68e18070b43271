// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/load"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/measure"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/peer"
)

// Percentiles of latency that are told.
var percentiles = []float64{50, 99, 99.9}

// A runner is a contender that runs, with what was measured of it round by
// round.
type runner struct {
	contender
	process *peer.Process
	result  contenderResult
}

// measureRow runs the rounds of a row. All of its contenders run all the
// time, and take turns at the load; the order is turned round every time.
func (s *session) measureRow(ctx context.Context, r *row) (rowResult, error) {
	fmt.Fprintf(s.out, "\n%s: %s\n", r.name, r.title)
	runners, pids := make([]*runner, len(r.contenders)), []int{s.target.PID()}
	defer func() {
		for _, c := range runners {
			if c != nil {
				c.process.Stop()
			}
		}
	}()
	for i, c := range r.contenders {
		p, err := c.proxy.Start(ctx, &c.work, filepath.Join(s.dir, r.name, fmt.Sprint(i)))
		if err != nil {
			return rowResult{}, err
		}
		runners[i] = &runner{contender: c, process: p, result: contenderResult{Name: c.proxy.Name, Base: c.base, Latency: make([][]float64, len(percentiles))}}
		pids = append(pids, p.PIDs...)
	}
	quiet, err := s.noise.watch(pids, runtime.NumCPU())
	if err != nil {
		return rowResult{}, err
	}
	for round := range s.Rounds {
		s.noise.calibrate()
		for i := range runners {
			if round%2 == 1 {
				i = len(runners) - 1 - i
			}
			if err := s.measureRound(ctx, r, runners[i]); err != nil {
				return rowResult{}, fmt.Errorf("%s: %w", runners[i].proxy.Name, err)
			}
		}
		s.tellRound(r, round, runners)
	}
	if err := s.addDetails(ctx, r, runners); err != nil {
		return rowResult{}, err
	}
	if err := quiet(); err != nil {
		return rowResult{}, err
	}
	result := rowResult{Name: r.name, Title: r.title, Unit: r.unit, Limit: r.limit}
	for _, c := range runners {
		result.Contenders = append(result.Contenders, c.result)
	}
	return result, nil
}

// measureRound gives one contender the load for a while.
func (s *session) measureRound(ctx context.Context, r *row, c *runner) error {
	loop := r.load.Loop(c.process.Address)
	stop := stopOnce(loop)
	defer stop()
	if err := wait(ctx, max(s.Duration/6, 200*time.Millisecond)); err != nil {
		return err
	}
	before, err := s.sample(loop, c.process)
	if err != nil {
		return err
	}
	if err := wait(ctx, s.Duration); err != nil {
		return err
	}
	after, err := s.sample(loop, c.process)
	if err != nil {
		return err
	}
	stop()
	if _, err := loop.Failed(); err != nil {
		return err
	}
	if after.done == before.done {
		return errors.New("nothing was done in the whole round; give -duration more time")
	}
	things := float64(after.done-before.done) / r.unit.count
	c.result.Cost = append(c.result.Cost, (after.cpu-before.cpu).Seconds()*r.unit.scale/things)
	c.result.Rate = append(c.result.Rate, things/after.at.Sub(before.at).Seconds())
	c.result.NewConnections = append(c.result.NewConnections, 1000*float64(after.connections-before.connections)/things)
	if r.paced == nil {
		return nil
	}
	took, err := r.paced.Paced(ctx, c.process.Address, s.Rate, s.Duration)
	if err != nil {
		return fmt.Errorf("at a fixed rate: %w", err)
	}
	for i, p := range percentiles {
		c.result.Latency[i] = append(c.result.Latency[i], float64(measure.Percentile(took, p).Microseconds()))
	}
	return nil
}

// A sample is the state of counters at a moment.
type sample struct {
	at          time.Time
	done        int64
	cpu         time.Duration
	connections int64 // that the target has got
}

func (s *session) sample(l *load.Loop, p *peer.Process) (sample, error) {
	counts, err := s.target.Counts()
	if err != nil {
		return sample{}, err
	}
	cpu, err := p.CPUTime()
	return sample{at: time.Now(), done: l.Done(), cpu: cpu, connections: counts.Connections}, err
}

// stopOnce returns a function that stops a loop the first time.
func stopOnce(l *load.Loop) func() {
	stopped := false
	return func() {
		if !stopped {
			stopped = true
			l.Stop()
		}
	}
}

// wait lets time pass.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// tellRound prints what the latest round measured.
func (s *session) tellRound(r *row, round int, runners []*runner) {
	fmt.Fprintf(s.out, "  round %d of %d:", round+1, s.Rounds)
	for _, c := range runners {
		fmt.Fprintf(s.out, "  %s %.1f %s", c.proxy.Name, c.result.Cost[round], r.unit.cost)
	}
	fmt.Fprintln(s.out)
}
