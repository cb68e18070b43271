// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Memory returns the proportional set size of processes, in bytes: pages that
// several of them share count once.
func Memory(pids []int) (int64, error) {
	var sum int64
	for _, pid := range pids {
		rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			return 0, fmt.Errorf("memory of process %d: %w", pid, err)
		}
		size, ok := pssOf(rollup)
		if !ok {
			return 0, fmt.Errorf("memory of process %d: smaps_rollup has no Pss", pid)
		}
		sum += size
	}
	return sum, nil
}

// Files returns how many file descriptors processes have open.
func Files(pids []int) (int, error) {
	sum := 0
	for _, pid := range pids {
		entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		if err != nil {
			return 0, fmt.Errorf("files of process %d: %w", pid, err)
		}
		sum += len(entries)
	}
	return sum, nil
}

// pssOf reads the line "Pss: N kB" of /proc/PID/smaps_rollup, in bytes.
func pssOf(rollup []byte) (int64, bool) {
	for line := range bytes.Lines(rollup) {
		rest, ok := bytes.CutPrefix(line, []byte("Pss:"))
		if !ok {
			continue
		}
		fields := bytes.Fields(rest)
		if len(fields) != 2 || string(fields[1]) != "kB" {
			return 0, false
		}
		n, err := strconv.ParseInt(string(fields[0]), 10, 64)
		return n << 10, err == nil
	}
	return 0, false
}

// Settled waits until the memory of processes has stayed within tolerance
// bytes for quiet, or until limit has passed, and returns it. The second
// result says whether it came to rest.
func Settled(ctx context.Context, pids []int, tolerance int64, quiet, limit time.Duration) (int64, bool, error) {
	const interval = 200 * time.Millisecond
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	var low, high int64
	since := time.Now()
	for start := since; ; {
		now, err := Memory(pids)
		if err != nil {
			return 0, false, err
		}
		low, high = min(low, now), max(high, now)
		if high-low > tolerance {
			low, high, since = now, now, time.Now()
		}
		if time.Since(since) >= quiet {
			return now, true, nil
		}
		if time.Since(start) >= limit {
			return now, false, nil
		}
		select {
		case <-ctx.Done():
			return 0, false, context.Cause(ctx)
		case <-ticks.C:
		}
	}
}
