// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"time"
)

// A screen shows a person what happens.
type screen struct{ out io.Writer }

func (s *screen) title(text string) { fmt.Fprintf(s.out, "\n%s\n", text) }

// step does something and shows what came of it and how long it took.
func (s *screen) step(name string, do func() (result string, err error)) error {
	began := time.Now()
	result, err := do()
	if err != nil {
		fmt.Fprintf(s.out, "  ✗ %s\n", name)
		return fmt.Errorf("%s: %w", name, err)
	}
	s.done(name, time.Since(began), "%s", result)
	return nil
}

func (s *screen) done(name string, took time.Duration, format string, args ...any) {
	fmt.Fprintf(s.out, "  ✓ %-40s %9s   %s\n", name, spell(took), fmt.Sprintf(format, args...))
}

// spell writes a time as people say it.
func spell(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
