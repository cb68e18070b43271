// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Machine is where figures come from.
type Machine struct {
	CPU    string // model name
	Cores  int
	Memory int64 // bytes
	Kernel string
}

// ThisMachine describes the machine as far as it lets itself be described.
func ThisMachine() Machine {
	m := Machine{CPU: "unknown", Cores: runtime.NumCPU(), Kernel: "unknown"}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		m.Memory = int64(info.Totalram) * int64(info.Unit)
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	return m
}

// A Load is how much CPU time the whole machine has used since it started.
type Load struct {
	Busy   time.Duration // by processes, in user and kernel mode
	Stolen time.Duration // by the machine's host for others
	At     time.Time
}

// MachineLoad reads /proc/stat. It counts in ticks of 10 ms.
func MachineLoad() (Load, error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return Load{}, err
	}
	l, _ := loadOf(stat)
	l.At = time.Now()
	return l, nil
}

// loadOf reads the line "cpu user nice system idle iowait irq softirq steal"
// (proc_stat(5)).
func loadOf(stat []byte) (Load, bool) {
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 9 || string(fields[0]) != "cpu" {
		return Load{}, false
	}
	ticks := func(columns ...int) time.Duration {
		var sum int64
		for _, c := range columns {
			n, _ := strconv.ParseInt(string(fields[c]), 10, 64)
			sum += n
		}
		return time.Duration(sum) * 10 * time.Millisecond
	}
	return Load{Busy: ticks(1, 2, 3), Stolen: ticks(8)}, true
}

// Calibrate times a fixed piece of work, the best of a few tries. On a quiet
// machine it always takes the same time.
func Calibrate() time.Duration {
	best := time.Duration(1<<63 - 1)
	for range 5 {
		start, x := time.Now(), uint64(1)
		for range 4 << 20 {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
		}
		if x == 0 { // never, but the loop must not be optimised away
			return 0
		}
		best = min(best, time.Since(start))
	}
	return best
}
