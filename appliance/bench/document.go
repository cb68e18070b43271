// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/measure"
)

// method says how figures come about; it is the same for every run.
//
//go:embed method.md
var method string

// document is docs/performance.md.
func (r *report) document() string {
	var b strings.Builder
	b.WriteString("# Performance\n\n<!-- Written by make bench. Do not edit: run it. -->\n\n")
	b.WriteString("Penstock beside nginx and HAProxy: one run, the same target, the same load, taking turns. Every figure is the median of the\nrounds; in brackets are the least and the most.\n\n")
	r.writeNoise(&b)
	b.WriteString("## Limits\n\nA ratio is Penstock's CPU time divided by the peer's, round by round.\n\n")
	writeTable(&b, r.limits())
	if len(r.Floods) > 0 {
		b.WriteString("\n## Floods\n\nHow much longer other clients wait while a proxy is attacked: their 99th percentile at 500 requests and 500 calls a second,\ndivided by that of the same proxy without the attack; of the two, the worse. Memory is how much the proxy grows.\n\n")
		writeTable(&b, r.floodLimits())
	}
	b.WriteString("\n## Figures\n\n")
	for i := range r.Rows {
		r.writeRow(&b, &r.Rows[i])
	}
	for i := range r.Idle {
		writeIdle(&b, &r.Idle[i])
	}
	for i := range r.Rolling {
		writeRolling(&b, &r.Rolling[i])
	}
	for i := range r.Floods {
		writeFlood(&b, &r.Floods[i])
	}
	r.writeMachine(&b)
	b.WriteString(method)
	return b.String()
}

func (r *report) writeNoise(b *strings.Builder) {
	complaints := r.complaints()
	if len(complaints) == 0 {
		b.WriteString("The machine was quiet: ")
	} else {
		b.WriteString("**The machine was too noisy, or the rounds too short, for these figures to be trusted:**\n\n")
		for _, c := range complaints {
			fmt.Fprintf(b, "- %s\n", c)
		}
		b.WriteString("\nAll in all ")
	}
	fmt.Fprintf(b, "the middle half of the times of the same work spans %.0f%%, other programs used %.1f%% of the machine, its host kept %.1f%%.\n\n",
		100*measure.Sum(r.noise.calibrations).Spread(), 100*measure.Sum(r.noise.strangers).Median, 100*measure.Sum(r.noise.stolen).Median)
}

// writeRow writes everything that was measured of a row. Columns that nobody
// has a figure for are left out.
func (r *report) writeRow(b *strings.Builder, row *rowResult) {
	fmt.Fprintf(b, "### %s\n\n%s.\n\n", row.Name, row.Title)
	columns := []struct {
		head string
		cell func(c *contenderResult) string
	}{
		{"", func(c *contenderResult) string { return c.Name }},
		{row.Unit.cost + " CPU a " + row.Unit.thing, func(c *contenderResult) string { return figure(c.Cost, 1) }},
		{row.Unit.many + " a second", func(c *contenderResult) string { return figure(c.Rate, row.Unit.decimals()) }},
	}
	for i, p := range percentiles {
		columns = append(columns, struct {
			head string
			cell func(c *contenderResult) string
		}{fmt.Sprintf("p%g, µs", p), func(c *contenderResult) string { return figure(c.Latency[i], 0) }})
	}
	columns = append(columns, []struct {
		head string
		cell func(c *contenderResult) string
	}{
		{"system calls", func(c *contenderResult) string { return optional(c.Syscalls) }},
		{"allocations", func(c *contenderResult) string { return optional(c.Allocations) }},
		{"new upstream connections of 1,000", func(c *contenderResult) string {
			if row.Unit == perGiB {
				return ""
			}
			return figure(c.NewConnections, 2)
		}},
	}...)
	table := make([][]string, 1+len(row.Contenders))
	for _, column := range columns {
		cells, some := []string{column.head}, false
		for i := range row.Contenders {
			cell := column.cell(&row.Contenders[i])
			cells, some = append(cells, cell), some || cell != ""
		}
		if !some {
			continue
		}
		for i, cell := range cells {
			table[i] = append(table[i], cell)
		}
	}
	writeTable(b, table)
	b.WriteString("\n")
}

func writeIdle(b *strings.Builder, row *idleResult) {
	fmt.Fprintf(b, "### %s\n\n%s.\n\n", row.Name, row.Title)
	table := [][]string{{"", "a connection, at rest", "a connection, right after opening", "process before", "process after", "came to rest"}}
	for _, c := range row.Contenders {
		rest := "yes"
		if !c.Settled {
			rest = "not within the time given"
		}
		table = append(table, []string{c.Name, kib(c.Each), kib(c.AtOnce), kib(float64(c.Before)), kib(float64(c.After)), rest})
	}
	writeTable(b, table)
	b.WriteString("\n")
}

func (r *report) writeMachine(b *strings.Builder) {
	b.WriteString("## Machine and versions\n\n")
	table := [][]string{
		{"What", "Which"},
		{"Date", time.Now().UTC().Format(time.DateOnly)},
		{"Processor", fmt.Sprintf("%s, %d cores", r.Machine.CPU, r.Machine.Cores)},
		{"Memory", fmt.Sprintf("%.0f GiB", float64(r.Machine.Memory)/(1<<30))},
		{"Kernel", r.Machine.Kernel},
	}
	for _, name := range slices.Sorted(maps.Keys(r.Versions)) {
		table = append(table, []string{name, r.Versions[name]})
	}
	shared := "all of them, shared with the target and the load"
	if r.Pin {
		shared = "bound to them; the target and the load have the others"
	}
	table = append(table,
		[]string{"Cores of a proxy", fmt.Sprintf("%d, %s", r.Cores, shared)},
		[]string{"Rounds", fmt.Sprintf("%d of %s each", r.Rounds, r.Duration)},
		[]string{"Fixed rate for latency", fmt.Sprintf("%d requests or calls a second", r.Rate)},
	)
	writeTable(b, table)
	b.WriteString("\n")
}

// decimals is how exactly things a second are told.
func (u unit) decimals() int {
	if u == perGiB {
		return 2
	}
	return 0
}

// figure writes the median of rounds with the least and the most.
func figure(rounds []float64, decimals int) string {
	f := measure.Sum(rounds)
	if f.Rounds == 0 {
		return ""
	}
	return fmt.Sprintf("%.*f (%.*f to %.*f)", decimals, f.Median, decimals, f.Min, decimals, f.Max)
}

func optional(n *float64) string {
	if n == nil {
		return ""
	}
	return fmt.Sprintf("%.1f", *n)
}

// writeTable writes a table of Markdown; its first line is the head.
func writeTable(b *strings.Builder, table [][]string) {
	for i, line := range table {
		b.WriteString("| " + strings.Join(line, " | ") + " |\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(line)) + "|\n")
		}
	}
}
