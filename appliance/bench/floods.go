// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/flood"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/load"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/measure"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/peer"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
)

// A floodRow is an attack, and what the other clients of the proxy may notice
// of it.
type floodRow struct {
	name, title string
	flood       flood.Spec
	share       float64 // of what the proxy can do that ordinary requests flood it with; 0 for all of it
	limit       float64 // highest p99 of the others, as a multiple of that without a flood; 0 is no limit
	memory      int64   // most that the proxy's memory may grow by, in bytes; 0 is no limit
}

// Of every row of floods.
const (
	floodLimit  = 3
	holeLimit   = 1.5             // nobody does anything: what is left is noise
	floodRounds = 3               // at most
	floodTime   = 2 * time.Second // of one measurement, at most
	victimRate  = 500             // requests and calls a second, each
	slowBody    = 10 << 20        // bytes that slow readers ask for
	// slack is how many more files and how much more memory than before a
	// proxy may have when a flood is over; connections to targets are kept.
	slackFiles = 300
)

// floodRows returns the rows of floods.
func floodRows() []floodRow {
	down, call := fmt.Sprint(target.DownPath, slowBody), peer.CallPath+"Unary"
	shared := fmt.Sprint(target.SharedPath, "down/", slowBody)
	return []floodRow{
		{"flood-reset", "Rapid reset: 8 connections open and reset streams", flood.Spec{Kind: "reset", Connections: 8}, 0, floodLimit, 64 << 20},
		{"flood-continuation", "Field blocks that never end on 8 connections, half of them in empty frames", flood.Spec{Kind: "continuation", Connections: 8}, 0, floodLimit, 64 << 20},
		{"flood-control", "SETTINGS and PING on 8 connections, half of which do not read what is answered", flood.Spec{Kind: "control", Connections: 8}, 0, floodLimit, 64 << 20},
		{"flood-heads", "Slowloris: heads on 5,000 connections, a byte a second each", flood.Spec{Kind: "slow-heads", Connections: 5000}, 0, floodLimit, 5000 * (16 << 10)},
		{"flood-readers", "1,000 slow readers of 10 MiB each over HTTP/1.1, 8 bytes a second", flood.Spec{Kind: "slow-readers", Connections: 1000, Path: down}, 0, floodLimit, 1000 * (128 << 10)},
		{"flood-streams", "1,000 slow readers of 10 MiB each over HTTP/2, 100 on a connection, that share connections to the target with the others' calls", flood.Spec{Kind: "slow-streams", Connections: 10, Path: shared}, 0, floodLimit, 1000 * (128 << 10)},
		{"flood-windows", "1,000 streams of 10 MiB each with zero windows, 100 on a connection", flood.Spec{Kind: "zero-windows", Connections: 10, Path: down}, 0, floodLimit, 1000 * (128 << 10)},
		{"flood-blackhole", "5,000 clients that wait for a target that answers nothing, half of them over HTTP/1.1 and half over HTTP/2", flood.Spec{Kind: "black-hole", Connections: 2525, Path: target.HolePath}, 0, holeLimit, 5000 * (32 << 10)},
		{"flood-grpc", "gRPC calls on 100 connections, half as many as the proxy can serve", flood.Spec{Kind: "grpc", Connections: 100, Path: call}, 0.5, floodLimit, 64 << 20},
		{"flood-http", "HTTP/1.1 requests on 100 connections, half as many as the proxy can serve", flood.Spec{Kind: "http1", Connections: 100, Path: "/orders/17"}, 0.5, floodLimit, 64 << 20},
		{"flood-grpc-full", "gRPC calls on 100 connections, as many as the proxy can serve", flood.Spec{Kind: "grpc", Connections: 100, Path: call}, 0, 0, 64 << 20},
		{"flood-http-full", "HTTP/1.1 requests on 100 connections, as many as the proxy can serve", flood.Spec{Kind: "http1", Connections: 100, Path: "/orders/17"}, 0, 0, 64 << 20},
	}
}

// A floodResult is what a row of floods measured.
type floodResult struct {
	Name, Title string
	Limit       float64
	Memory      int64
	Contenders  []floodFigures
}

// A floodFigures is what a flood did to one proxy, round by round.
type floodFigures struct {
	Name          string
	Quiet, Loud   victims
	Grown         []float64 // most memory during the flood over that before, in bytes
	Rate          []float64 // what the flood sent, a second
	Opened, Cut   int64     // connections of the flood, and those that the proxy ended
	Calmed        int64     // of these, with ENHANCE_YOUR_CALM
	Back          bool      // files and memory were as before soon after every round
	After         float64   // memory after the last round over that before the first, in bytes
	Wrong         error     // what the other clients noticed besides time; the first of it
	longestReturn time.Duration
}

// victims are the 99th percentiles of the others, in microseconds.
type victims struct{ HTTP, GRPC []float64 }

// measureFlood runs the rounds of a row: all proxies take turns, and each
// first serves its other clients alone.
func (s *session) measureFlood(ctx context.Context, r *floodRow) (floodResult, error) {
	fmt.Fprintf(s.out, "\n%s: %s\n", r.name, r.title)
	result := floodResult{Name: r.name, Title: r.title, Limit: r.limit, Memory: r.memory}
	proxies := []*peer.Proxy{s.penstock, peer.Nginx("nginx"), peer.HAProxy()}
	result.Contenders = make([]floodFigures, len(proxies))
	runs := make([]*flooded, len(proxies))
	for i, proxy := range proxies {
		c := s.contender(proxy, peer.Work{Mixed: true})
		p, err := proxy.Start(ctx, &c.work, filepath.Join(s.dir, r.name, fmt.Sprint(i)))
		if err != nil {
			return result, err
		}
		defer p.Stop()
		result.Contenders[i] = floodFigures{Name: proxy.Name, Back: true}
		runs[i] = &flooded{session: s, row: r, process: p, figures: &result.Contenders[i]}
		if err := runs[i].prepare(ctx); err != nil {
			return result, fmt.Errorf("%s: %w", proxy.Name, err)
		}
	}
	for round := range min(s.Rounds, floodRounds) {
		s.noise.calibrate()
		for i := range runs {
			if round%2 == 1 {
				i = len(runs) - 1 - i
			}
			if err := runs[i].round(ctx); err != nil {
				return result, fmt.Errorf("%s: %w", runs[i].figures.Name, err)
			}
		}
		fmt.Fprintf(s.out, "  round %d:", round+1)
		for _, run := range runs {
			f := run.figures
			fmt.Fprintf(s.out, "  %s p99 HTTP %.0f to %.0f µs, gRPC %.0f to %.0f µs, +%.1f MiB", f.Name,
				last(f.Quiet.HTTP), last(f.Loud.HTTP), last(f.Quiet.GRPC), last(f.Loud.GRPC), last(f.Grown)/(1<<20))
		}
		fmt.Fprintln(s.out)
	}
	return result, nil
}

func last(rounds []float64) float64 {
	if len(rounds) == 0 {
		return 0
	}
	return rounds[len(rounds)-1]
}

// A flooded is a proxy in a row of floods.
type flooded struct {
	*session
	row     *floodRow
	process *peer.Process
	figures *floodFigures
	rate    int // of ordinary requests; 0 for as many as it serves
	memory  int64
	files   int
}

// prepare lets everything happen once, and finds out what the proxy is like
// when nothing happens and what it can do.
func (f *flooded) prepare(ctx context.Context) error {
	if _, _, err := f.others(ctx, f.time()); err != nil {
		return err
	}
	if f.row.share > 0 {
		p, err := f.start(0)
		if err != nil {
			return err
		}
		defer p.Stop()
		rate, err := floodRate(ctx, p, time.Second)
		if err != nil {
			return err
		}
		f.rate = max(1, int(f.row.share*rate))
		p.Stop()
	}
	var err error
	if f.memory, err = measure.Memory(f.process.PIDs); err != nil {
		return err
	}
	f.files, err = measure.Files(f.process.PIDs)
	return err
}

func (f *flooded) time() time.Duration { return min(f.Duration, floodTime) }

// start begins the flood.
func (f *flooded) start(rate int) (*flood.Process, error) {
	spec := f.row.flood
	spec.Address, spec.HTTP2, spec.Rate = f.process.Address, f.process.HTTP2, rate
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return flood.Start(&spec, self, floodCommand)
}

// floodRate watches a flood for a while.
func floodRate(ctx context.Context, p *flood.Process, d time.Duration) (float64, error) {
	before, err := p.Counts()
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	if err := wait(ctx, d); err != nil {
		return 0, err
	}
	after, err := p.Counts()
	return float64(after.Done-before.Done) / time.Since(begin).Seconds(), err
}

// round measures the others without the flood and with it.
func (f *flooded) round(ctx context.Context) error {
	r := f.figures
	quietHTTP, quietGRPC, err := f.others(ctx, f.time())
	if err != nil {
		return fmt.Errorf("without a flood: %w", err)
	}
	before, err := measure.Memory(f.process.PIDs)
	if err != nil {
		return err
	}
	p, err := f.start(f.rate)
	if err != nil {
		return err
	}
	stop := sync.OnceFunc(p.Stop)
	defer stop()
	peak := watchMemory(f.process.PIDs)
	if err := f.begun(ctx); err != nil {
		return err
	}
	begun, err := p.Counts()
	if err != nil {
		return err
	}
	begin := time.Now()
	loudHTTP, loudGRPC, wrong := f.others(ctx, f.time())
	counts, err := p.Counts()
	if err != nil {
		return err
	}
	if wrong != nil && r.Wrong == nil {
		r.Wrong = wrong
	}
	r.Rate = append(r.Rate, float64(counts.Done-begun.Done)/time.Since(begin).Seconds())
	r.Opened, r.Cut, r.Calmed = r.Opened+counts.Opened, r.Cut+counts.Cut, r.Calmed+counts.Calmed
	stop()
	r.Grown = append(r.Grown, float64(max(0, peak()-before)))
	r.Quiet.HTTP, r.Quiet.GRPC = append(r.Quiet.HTTP, quietHTTP), append(r.Quiet.GRPC, quietGRPC)
	if wrong == nil {
		r.Loud.HTTP, r.Loud.GRPC = append(r.Loud.HTTP, loudHTTP), append(r.Loud.GRPC, loudGRPC)
	}
	return f.back(ctx)
}

// begun waits until a flood is what it is to be.
func (f *flooded) begun(ctx context.Context) error {
	if f.row.flood.Kind == "black-hole" { // what is measured is that they wait, and not that they come
		all := int64(flood.Waiting(f.row.flood.Connections))
		for begin := time.Now(); ; {
			counts, err := f.target.Counts()
			if err != nil {
				return err
			}
			if counts.Waiting >= all {
				break
			}
			if time.Since(begin) > f.Idle {
				return fmt.Errorf("%d of %d requests are in the black hole after %s", counts.Waiting, all, f.Idle)
			}
			if err := wait(ctx, 20*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return wait(ctx, f.time()/4)
}

// back waits until the proxy has as many files open as before.
func (f *flooded) back(ctx context.Context) error {
	for begin := time.Now(); ; {
		files, err := measure.Files(f.process.PIDs)
		if err != nil {
			return err
		}
		memory, err := measure.Memory(f.process.PIDs)
		if err != nil {
			return err
		}
		f.figures.After = float64(memory - f.memory)
		took := time.Since(begin)
		f.figures.longestReturn = max(f.figures.longestReturn, took)
		if files <= f.files+slackFiles {
			return nil
		}
		if took > f.Idle {
			f.figures.Back = false
			return nil
		}
		if err := wait(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// others are ordinary clients of both protocols at a fixed rate.
func (f *flooded) others(ctx context.Context, d time.Duration) (http, grpc float64, err error) {
	requests := &load.Requests{Connections: 64, Head: load.Get(host, "/orders/17"), Size: target.BodySize}
	calls := &load.Calls{Connections: 10, Path: peer.CallPath + "Unary", Message: make([]byte, messageSize)}
	if f.row.flood.Kind == "slow-streams" {
		calls.Path = target.SharedPath + "Unary"
	}
	var (
		both sync.WaitGroup
		errs [2]error
		took [2][]time.Duration
	)
	both.Go(func() { took[0], errs[0] = requests.Paced(ctx, f.process.Address, victimRate, d) })
	both.Go(func() { took[1], errs[1] = calls.Paced(ctx, f.process.HTTP2, victimRate, d) })
	both.Wait()
	for i, kind := range []string{"HTTP/1.1", "gRPC"} {
		if errs[i] != nil {
			return 0, 0, fmt.Errorf("%s: %w", kind, errs[i])
		}
	}
	const p = 99
	return float64(measure.Percentile(took[0], p).Microseconds()), float64(measure.Percentile(took[1], p).Microseconds()), nil
}

// watchMemory looks at the memory of processes until the function that it
// returns is called, which returns the most that they had.
func watchMemory(pids []int) (most func() int64) {
	stop, peak := make(chan struct{}), make(chan int64)
	go func() {
		var highest int64
		for ticks := time.NewTicker(100 * time.Millisecond); ; {
			if now, err := measure.Memory(pids); err == nil { // one that ended is noticed by its clients
				highest = max(highest, now)
			}
			select {
			case <-stop:
				ticks.Stop()
				peak <- highest
				return
			case <-ticks.C:
			}
		}
	}()
	return func() int64 {
		close(stop)
		return <-peak
	}
}
