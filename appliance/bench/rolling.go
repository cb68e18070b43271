// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/measure"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/peer"
)

// A rollingRow is an upstream whose targets are replaced all the time, and what
// that may cost a node.
type rollingRow struct {
	name, title string
	targets     int           // of the upstream
	batch       int           // that are replaced at a time
	every       time.Duration // how often
	interval    time.Duration // of the active checks
	limit       float64       // most that it may cost, as a share of a core
}

func rollingRows() []rollingRow {
	return []rollingRow{{
		name: "rolling", title: "2,000 targets with an HTTP check every 10 s, 20 of which are replaced every second through the Admin API (embedded etcd)",
		targets: 2000, batch: 20, every: time.Second, interval: 10 * time.Second, limit: 0.02,
	}}
}

// rollingTime is the least that one measurement takes.
const rollingTime = 5 * time.Second

// A rollingResult is what a row measured: shares of a core, round by round.
type rollingResult struct {
	Name, Title   string
	Limit         float64
	Rolled, Quiet []float64
}

// A rolled is a node with such an upstream.
type rolled struct {
	row     *rollingRow
	process *peer.Process
	at      func(i int) (host string, port int)
	first   int // number of the oldest target
}

// measureRolling runs two equal nodes, which take turns: one is updated while
// it is measured, the other never.
func (s *session) measureRolling(ctx context.Context, r *rollingRow) (rollingResult, error) {
	fmt.Fprintf(s.out, "\n%s: %s\n", r.name, r.title)
	result := rollingResult{Name: r.name, Title: r.title, Limit: r.limit}
	nodes, pids := make([]*rolled, 2), []int{s.target.PID()}
	for i := range nodes {
		c := s.contender(s.penstock, peer.Work{Managed: true})
		p, err := c.proxy.Start(ctx, &c.work, filepath.Join(s.dir, r.name, fmt.Sprint(i)))
		if err != nil {
			return result, err
		}
		defer p.Stop()
		pids = append(pids, p.PIDs...)
		nodes[i] = &rolled{row: r, process: p, at: s.target.Everywhere}
		if err := nodes[i].prepare(ctx); err != nil {
			return result, err
		}
	}
	// Until all targets have been checked and are in their rhythm.
	if err := wait(ctx, r.interval); err != nil {
		return result, err
	}
	quiet, err := s.noise.watch(pids, runtime.NumCPU())
	if err != nil {
		return result, err
	}
	for round := range s.Rounds {
		s.noise.calibrate()
		for i := range nodes {
			if round%2 == 1 {
				i = len(nodes) - 1 - i
			}
			share, err := nodes[i].measure(ctx, i == 0, max(s.Duration, rollingTime))
			if err != nil {
				return result, err
			}
			if i == 0 {
				result.Rolled = append(result.Rolled, share)
			} else {
				result.Quiet = append(result.Quiet, share)
			}
		}
		fmt.Fprintf(s.out, "  round %d of %d:  updated %s  not updated %s of a core\n", round+1, s.Rounds, percent(last(result.Rolled)), percent(last(result.Quiet)))
	}
	if err := quiet(); err != nil {
		return result, err
	}
	return result, s.profileRolling(ctx, nodes[0])
}

// profileRolling tells where the time of the updates goes, if anybody asks.
func (s *session) profileRolling(ctx context.Context, n *rolled) error {
	if s.Pprof == "" {
		return nil
	}
	profiled := make(chan error, 1)
	go func() {
		c := &runner{contender: contender{proxy: s.penstock}, process: n.process}
		profiled <- s.goProfile(ctx, &row{name: n.row.name}, c)
	}()
	_, err := n.measure(ctx, true, max(s.Duration, rollingTime))
	return errors.Join(err, <-profiled)
}

// prepare has the node serve the upstream.
func (n *rolled) prepare(ctx context.Context) error {
	if err := n.write(ctx); err != nil {
		return err
	}
	if err := n.put(ctx, "routes/bench", map[string]any{"paths": []string{"/*"}, "upstream": "bench"}); err != nil {
		return err
	}
	return n.put(ctx, "listeners/bench", map[string]any{"address": n.process.Address})
}

// measure returns the share of a core that the node takes for a while.
func (n *rolled) measure(ctx context.Context, update bool, d time.Duration) (float64, error) {
	steps := max(1, int(d/n.row.every))
	var begin time.Time
	var before time.Duration
	ticks := time.NewTicker(n.row.every)
	defer ticks.Stop()
	for i := range steps + 1 { // the first one is not measured
		if i == 1 {
			var err error
			if before, err = n.process.CPUTime(); err != nil {
				return 0, err
			}
			begin = time.Now()
		}
		if update {
			n.first += n.row.batch
			if err := n.write(ctx); err != nil {
				return 0, err
			}
		}
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case <-ticks.C:
		}
	}
	after, err := n.process.CPUTime()
	return (after - before).Seconds() / time.Since(begin).Seconds(), err
}

// write has the node serve the targets as they are now.
func (n *rolled) write(ctx context.Context) error {
	targets := make([]map[string]any, n.row.targets)
	for i := range targets {
		host, port := n.at(n.first + i)
		targets[i] = map[string]any{"host": host, "port": port}
	}
	return n.put(ctx, "upstreams/bench", map[string]any{
		"targets": targets, "health": map[string]any{"active": map[string]any{"interval": n.row.interval.String()}},
	})
}

// put writes an object through the Admin API.
func (n *rolled) put(ctx context.Context, path string, object map[string]any) error {
	document, err := json.Marshal(object)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+n.process.Admin+"/v1/"+path, bytes.NewReader(document))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+peer.AdminToken)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("put %s: %w", path, err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusCreated {
		err = fmt.Errorf("status %d: %s", answer.StatusCode, said)
	}
	if err != nil {
		return fmt.Errorf("put %s: %w", path, err)
	}
	return nil
}

// cost is what the updates took, round by round.
func (r *rollingResult) cost() measure.Figure {
	costs := make([]float64, len(r.Rolled))
	for i := range costs {
		costs[i] = r.Rolled[i] - r.Quiet[i]
	}
	return measure.Sum(costs)
}

// line is the row of the table of limits.
func (r *rollingResult) line() []string {
	cost := r.cost()
	return []string{
		r.Name, percent(measure.Sum(r.Rolled).Median) + " of a core", "Penstock, not updated " + percent(measure.Sum(r.Quiet).Median),
		fmt.Sprintf("+%s (%s to %s)", percent(cost.Median), percent(cost.Min), percent(cost.Max)), "+" + percent(r.Limit), word(cost.Median <= r.Limit),
	}
}

func percent(share float64) string { return fmt.Sprintf("%.2f%%", 100*share) }

func percents(shares []float64) []float64 {
	all := make([]float64, len(shares))
	for i, s := range shares {
		all[i] = 100 * s
	}
	return all
}

// writeRolling writes everything that was measured of such a row.
func writeRolling(b *strings.Builder, r *rollingResult) {
	fmt.Fprintf(b, "### %s\n\n%s.\n\n", r.Name, r.Title)
	writeTable(b, [][]string{
		{"", "% of a core"},
		{"Penstock", figure(percents(r.Rolled), 2)},
		{"Penstock, not updated", figure(percents(r.Quiet), 2)},
	})
	b.WriteString("\n")
}
