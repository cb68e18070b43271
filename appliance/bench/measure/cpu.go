// SPDX-License-Identifier: Apache-2.0

// Package measure reads what a process costs from outside of it, and sums up
// figures of several rounds.
package measure

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// CPUTime returns the CPU time that processes have used so far, in user and
// kernel mode, by all of their threads, those that ended included. It is exact
// to the nanosecond: it is the clock of clock_getcpuclockid(3), not the ticks
// of /proc.
func CPUTime(pids []int) (time.Duration, error) {
	var sum time.Duration
	for _, pid := range pids {
		var t unix.Timespec
		if err := unix.ClockGettime(processClock(pid), &t); err != nil {
			return 0, fmt.Errorf("CPU clock of process %d: %w", pid, err)
		}
		sum += time.Duration(t.Nano())
	}
	return sum, nil
}

// processClock is the identifier of a process' CPU clock, as the kernel
// builds it (CPUCLOCK_SCHED of include/linux/posix-timers.h).
func processClock(pid int) int32 { return ^int32(pid)<<3 | 2 }

// Tree returns a process and all of its descendants.
func Tree(root int) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	children := make(map[int][]int)
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue // it ended meanwhile
		}
		if parent, ok := parentOf(stat); ok {
			children[parent] = append(children[parent], pid)
		}
	}
	tree := []int{root}
	for i := 0; i < len(tree); i++ {
		tree = append(tree, children[tree[i]]...)
	}
	slices.Sort(tree)
	return tree, nil
}

// parentOf reads the parent from /proc/PID/stat (proc_pid_stat(5)). The
// command before it may hold spaces and brackets.
func parentOf(stat []byte) (int, bool) {
	_, rest, ok := cutLast(stat, ')')
	if !ok {
		return 0, false
	}
	fields := bytes.Fields(rest)
	if len(fields) < 2 {
		return 0, false
	}
	parent, err := strconv.Atoi(string(fields[1]))
	return parent, err == nil
}

func cutLast(b []byte, sep byte) (before, after []byte, found bool) {
	i := bytes.LastIndexByte(b, sep)
	if i < 0 {
		return b, nil, false
	}
	return b[:i], b[i+1:], true
}
