// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/measure"
)

// ratio is how much longer the others waited during a flood, round by round:
// by the protocol that had the worse of it.
func (f *floodFigures) ratio() measure.Figure {
	http := measure.Sum(measure.Ratios(f.Loud.HTTP, f.Quiet.HTTP))
	grpc := measure.Sum(measure.Ratios(f.Loud.GRPC, f.Quiet.GRPC))
	if grpc.Median > http.Median {
		return grpc
	}
	return http
}

// verdict says whether the limits hold for the subject.
func (r *floodResult) verdict() string {
	f := &r.Contenders[0]
	var broken []string
	if f.Wrong != nil {
		broken = append(broken, "others were not served: "+strings.ReplaceAll(f.Wrong.Error(), "|", " "))
	}
	if r.Limit > 0 && f.ratio().Median > r.Limit {
		broken = append(broken, "p99")
	}
	if r.Memory > 0 && measure.Sum(f.Grown).Max > float64(r.Memory) {
		broken = append(broken, "memory")
	}
	if !f.Back {
		broken = append(broken, "connections were left")
	}
	switch {
	case len(broken) > 0:
		return "NOT reached: " + strings.Join(broken, ", ")
	case r.Limit == 0:
		return "reached; p99 has no limit"
	}
	return "reached"
}

// floodLimits is the table of what must be reached.
func (r *report) floodLimits() [][]string {
	table := [][]string{{"Flood", "p99 of others", "at most", "nginx", "HAProxy", "Memory, MiB", "at most", "Result"}}
	for i := range r.Floods {
		row := &r.Floods[i]
		limit := "none"
		if row.Limit > 0 {
			limit = fmt.Sprintf("%g x", row.Limit)
		}
		line := []string{row.Name, times(&row.Contenders[0]), limit}
		for k := range row.Contenders[1:] {
			line = append(line, times(&row.Contenders[1+k]))
		}
		table = append(table, append(line, mib(row.Contenders[0].Grown), fmt.Sprintf("%.0f", float64(row.Memory)/(1<<20)), row.verdict()))
	}
	return table
}

func times(f *floodFigures) string {
	if f.Wrong != nil {
		return "not served"
	}
	ratio := f.ratio()
	return fmt.Sprintf("%.2f x (%.2f to %.2f)", ratio.Median, ratio.Min, ratio.Max)
}

func mib(bytes []float64) string { return fmt.Sprintf("+%.1f", measure.Sum(bytes).Max/(1<<20)) }

// writeFlood writes everything that was measured of a flood.
func writeFlood(b *strings.Builder, row *floodResult) {
	fmt.Fprintf(b, "### %s\n\n%s.\n\n", row.Name, row.Title)
	table := [][]string{{
		"", "p99 of HTTP/1.1, µs", "in the flood", "p99 of gRPC, µs", "in the flood", "sent a second", "connections", "cut off", "told to calm down",
		"most memory, MiB", "afterwards, MiB", "connections gone after",
	}}
	for i := range row.Contenders {
		f := &row.Contenders[i]
		back := fmt.Sprintf("%.1f s", f.longestReturn.Seconds())
		if !f.Back {
			back = "not in time"
		}
		loudHTTP, loudGRPC := figure(f.Loud.HTTP, 0), figure(f.Loud.GRPC, 0)
		if f.Wrong != nil {
			loudHTTP += " " + strings.ReplaceAll(f.Wrong.Error(), "|", " ")
		}
		table = append(table, []string{
			f.Name, figure(f.Quiet.HTTP, 0), loudHTTP, figure(f.Quiet.GRPC, 0), loudGRPC, figure(f.Rate, 0),
			fmt.Sprint(f.Opened), fmt.Sprint(f.Cut), fmt.Sprint(f.Calmed), mib(f.Grown), fmt.Sprintf("%+.1f", f.After/(1<<20)), back,
		})
	}
	writeTable(b, table)
	b.WriteString("\n")
}
