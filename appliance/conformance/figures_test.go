// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Marks around what the tests write into docs/conformance.md.
const (
	figuresBegin = "<!-- figures: written by make conformance -->\n"
	figuresEnd   = "<!-- end of figures -->\n"
)

// A row is the figures of one suite.
type row struct {
	title         string
	cases, passed int
	exceptions    []exception
}

// figures returns a table of the rows, and the exceptions with their reasons.
func figures(rows []row) string {
	var b strings.Builder
	b.WriteString("| Suite | Cases | Passed |\n|---|---:|---:|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %d | %d |\n", r.title, r.cases, r.passed)
	}
	var order []exception // each once
	in := make(map[exception][]string)
	for _, r := range rows {
		for _, e := range r.exceptions {
			if in[e] == nil {
				order = append(order, e)
			}
			in[e] = append(in[e], r.title)
		}
	}
	b.WriteString("\n## Exceptions\n")
	if len(order) == 0 {
		b.WriteString("\nThere are none.\n")
	}
	for i, e := range order {
		if i == 0 || e.reason != order[i-1].reason {
			fmt.Fprintf(&b, "\n%s\n\n", e.reason)
		}
		fmt.Fprintf(&b, "- `%s`: %s\n", e.name, strings.Join(in[e], "; "))
	}
	return b.String()
}

// compareFigures holds that the published figures are those of this run, or
// publishes them if the environment asks for it.
func compareFigures(t *testing.T, rows []row) {
	file := filepath.Join("..", "..", "docs", "conformance.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(text), figuresBegin)
	was, after, ended := strings.Cut(rest, figuresEnd)
	if !begun || !ended {
		t.Fatalf("%s lacks one of the lines\n%s%s", file, figuresBegin, figuresEnd)
	}
	now := figures(rows)
	if now == was {
		return
	}
	if os.Getenv("PENSTOCK_CONFORMANCE_WRITE") != "1" {
		t.Fatalf("%s is out of date; run PENSTOCK_CONFORMANCE_WRITE=1 make conformance. It should say:\n%s", file, now)
	}
	if err := os.WriteFile(file, []byte(before+figuresBegin+now+figuresEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFigures(t *testing.T) {
	a, b, c := exception{"a", "first"}, exception{"b", "first"}, exception{"c", "second"}
	got := figures([]row{{"One", 10, 7, []exception{a, b, c}}, {"Two", 5, 4, []exception{b}}})
	want := "| Suite | Cases | Passed |\n|---|---:|---:|\n| One | 10 | 7 |\n| Two | 5 | 4 |\n\n## Exceptions\n\nfirst\n\n- `a`: One\n- `b`: One; Two\n\nsecond\n\n- `c`: One\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
