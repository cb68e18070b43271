// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/measure"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/peer"
)

// detailTime is the longest that allocations and system calls are counted for.
const detailTime = time.Second

// addDetails runs the load once more for what would disturb the rounds.
func (s *session) addDetails(ctx context.Context, r *row, runners []*runner) error {
	for _, c := range runners {
		if !r.details && s.Profile == "" {
			return nil
		}
		loop := r.load.Loop(c.process.Address)
		stop := stopOnce(loop)
		d := min(s.Duration, detailTime)
		err := wait(ctx, d/4)
		done := func() float64 { return float64(loop.Done()) / r.unit.count }
		if err == nil && r.details {
			c.result.Syscalls = syscallsPer(ctx, c.process, done, d)
			c.result.Allocations, err = allocationsPer(ctx, c.process, done, d)
		}
		if err == nil && s.Profile != "" && c.process.Operations != "" {
			err = s.profile(ctx, r, c)
		}
		if err == nil && s.Pprof != "" && c.process.Operations != "" {
			err = s.goProfile(ctx, r, c)
		}
		stop()
		if err != nil {
			return fmt.Errorf("%s: %w", c.proxy.Name, err)
		}
		if _, err := loop.Failed(); err != nil {
			return fmt.Errorf("%s: %w", c.proxy.Name, err)
		}
	}
	return nil
}

// syscallsPer returns the system calls of one thing, or nil where they cannot
// be counted.
func syscallsPer(ctx context.Context, p *peer.Process, done func() float64, d time.Duration) *float64 {
	start, before := time.Now(), done()
	calls, err := measure.Syscalls(ctx, p.PIDs, d)
	if err != nil {
		return nil // perf is not everywhere, and a figure less is no failure
	}
	rate := (done() - before) / time.Since(start).Seconds()
	per := float64(calls) / d.Seconds() / rate
	return &per
}

// allocationsPer returns the allocations of one thing, or nil for what has no
// metrics. What reading the metrics allocates is in it; it is little beside
// the requests of the time.
func allocationsPer(ctx context.Context, p *peer.Process, done func() float64, d time.Duration) (*float64, error) {
	if p.Operations == "" {
		return nil, nil
	}
	var counts [2]float64
	before := done()
	for i := range counts {
		n, err := allocations(ctx, p.Operations)
		if err != nil {
			return nil, err
		}
		counts[i] = n
		if i == 0 {
			if err := wait(ctx, d); err != nil {
				return nil, err
			}
		}
	}
	things := done() - before
	if things == 0 {
		return nil, nil
	}
	per := (counts[1] - counts[0]) / things
	return &per, nil
}

// allocations reads how many objects a gateway has allocated since it began.
func allocations(ctx context.Context, operations string) (float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+operations+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("read metrics: %w", err)
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "go_memstats_mallocs_total "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, errors.New("the metrics have no go_memstats_mallocs_total")
}

// profileFile returns where a profile of a gateway in a row goes.
func profileFile(dir string, r *row, c *runner, extension string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	name := strings.NewReplacer(" ", "-", ",", "", "/", "-").Replace(c.proxy.Name)
	return filepath.Join(dir, r.name+"-"+name+extension), nil
}

// goProfile fetches a profile of Go's own kind from a gateway.
func (s *session) goProfile(ctx context.Context, r *row, c *runner) error {
	file, err := profileFile(s.Pprof, r, c, ".pprof")
	if err != nil {
		return err
	}
	seconds := max(1, int(s.Duration.Seconds()))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet,
		fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", c.process.Operations, seconds), nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("read a profile: %w", err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("read a profile: status %d: %w", answer.StatusCode, err)
	}
	return os.WriteFile(file, content, 0o644)
}

// profile records where a gateway spends its time.
func (s *session) profile(ctx context.Context, r *row, c *runner) error {
	file, err := profileFile(s.Profile, r, c, ".perf")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "perf", "record", "-q", "-g", "-F", "999", "-o", file, "-p", strconv.Itoa(c.process.PIDs[0]),
		"--", "sleep", fmt.Sprint(max(s.Duration, detailTime).Seconds()))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("perf record: %w: %s", err, out)
	}
	fmt.Fprintln(s.out, "  profile:", file)
	return nil
}
