// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/measure"
)

// A report is what a run measured.
type report struct {
	*options
	Machine  measure.Machine
	Versions map[string]string
	Rows     []rowResult
	Idle     []idleResult
	Rolling  []rollingResult
	Floods   []floodResult
	noise    *noise
}

// A rowResult is what a row measured.
type rowResult struct {
	Name, Title string
	Unit        unit
	Limit       float64
	Contenders  []contenderResult // the subject first
}

// A contenderResult is what was measured of a contender, round by round.
type contenderResult struct {
	Name           string
	Base           bool
	Cost           []float64   // CPU time, in the row's unit
	Rate           []float64   // things a second
	NewConnections []float64   // to the target, of 1,000 things
	Latency        [][]float64 // microseconds, by percentile
	Allocations    *float64    // of one thing; nil if not counted
	Syscalls       *float64    // likewise
}

// An idleResult is what idle connections cost.
type idleResult struct {
	Name, Title string
	Limit       float64
	Contenders  []idleFigure
}

// An idleFigure is what idle connections cost one contender, in bytes.
type idleFigure struct {
	Name          string
	Before, After int64   // the whole process
	Each          float64 // a connection, once memory is at rest
	AtOnce        float64 // a connection, right after the last one was opened
	Settled       bool
}

// maxAllocations is how many objects a request of the row "get" may allocate.
const maxAllocations = 3

// peer is the cheapest contender that the subject is compared with.
func (r *rowResult) peer() *contenderResult {
	var best *contenderResult
	for i := range r.Contenders[1:] {
		c := &r.Contenders[1+i]
		if !c.Base && (best == nil || measure.Sum(c.Cost).Median < measure.Sum(best.Cost).Median) {
			best = c
		}
	}
	return best
}

// ratio is the subject's cost to that of the peer, round by round.
func (r *rowResult) ratio() measure.Figure {
	return measure.Sum(measure.Ratios(r.Contenders[0].Cost, r.peer().Cost))
}

// verdict compares a ratio with its limit.
func (r *rowResult) verdict() string {
	ratio := r.ratio()
	word := "reached"
	switch {
	case r.Limit == 0:
		word = "no limit"
	case ratio.Median > r.Limit:
		word = "NOT reached"
	}
	if r.Limit != 0 && ratio.Min <= r.Limit && ratio.Max > r.Limit {
		word += ", not in every round"
	}
	if c := r.complaint(); c != "" {
		word += " (noisy: " + c + ")"
	}
	return word
}

// complaint says why a row's rounds cannot be trusted; it is empty if they can.
func (r *rowResult) complaint() string {
	if spread := r.ratio().Spread(); spread > maxSpread {
		return fmt.Sprintf("the middle half of its ratios spans %.0f%%", 100*spread)
	}
	for _, c := range []*contenderResult{&r.Contenders[0], r.peer()} {
		if drift := measure.Drift(c.Cost); drift > maxDrift || drift < -maxDrift {
			return fmt.Sprintf("%s drifted by %+.0f%%", c.Name, 100*drift)
		}
	}
	return ""
}

func word(reached bool) string {
	if reached {
		return "reached"
	}
	return "NOT reached"
}

// complaints are all reasons to mistrust the run.
func (r *report) complaints() []string {
	all := r.noise.complaints()
	for i := range r.Rows {
		if c := r.Rows[i].complaint(); c != "" {
			all = append(all, "row "+r.Rows[i].Name+": "+c)
		}
	}
	return all
}

// print writes the result for people.
func (r *report) print(out io.Writer) {
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(r.Rows)+len(r.Idle)+len(r.Rolling) > 0 {
		for _, line := range r.limits() {
			fmt.Fprintln(table, strings.Join(line, "\t"))
		}
	}
	if len(r.Floods) > 0 {
		fmt.Fprintln(table)
		for _, line := range r.floodLimits() {
			fmt.Fprintln(table, strings.Join(line, "\t"))
		}
	}
	if err := table.Flush(); err != nil {
		fmt.Fprintln(out, err)
	}
	if c := r.complaints(); len(c) > 0 {
		fmt.Fprintln(out, "\nTHE MACHINE WAS TOO NOISY, or a round too short, for these figures to be trusted:")
		fmt.Fprintln(out, "- "+strings.Join(c, "\n- "))
	}
}

// limits is the table of what must be reached, with its head.
func (r *report) limits() [][]string {
	table := [][]string{{"Row", "Penstock", "Peer", "Ratio (least to most)", "Limit", "Result"}}
	for i := range r.Rows {
		row := &r.Rows[i]
		ratio, p, limit := row.ratio(), row.peer(), "none"
		if row.Limit != 0 {
			limit = fmt.Sprintf("%.2f", row.Limit)
		}
		table = append(table, []string{
			row.Name, cost(&row.Contenders[0], row.Unit), p.Name + " " + cost(p, row.Unit),
			fmt.Sprintf("%.2f (%.2f to %.2f)", ratio.Median, ratio.Min, ratio.Max), limit, row.verdict(),
		})
		if a := row.Contenders[0].Allocations; row.Name == "get" && a != nil {
			table = append(table, []string{"allocations", fmt.Sprintf("%.1f a request", *a), "", "", fmt.Sprint(maxAllocations), word(*a <= maxAllocations+0.05)})
		}
	}
	for _, row := range r.Idle {
		p := row.Contenders[1]
		table = append(table, []string{
			row.Name, kib(row.Contenders[0].Each) + " each", p.Name + " " + kib(p.Each), "", kib(row.Limit), word(row.Contenders[0].Each <= row.Limit),
		})
	}
	for i := range r.Rolling {
		table = append(table, r.Rolling[i].line())
	}
	return table
}

func cost(c *contenderResult, u unit) string {
	return fmt.Sprintf("%.1f %s a %s", measure.Sum(c.Cost).Median, u.cost, u.thing)
}

func kib(n float64) string { return fmt.Sprintf("%.1f KiB", n/1024) }
