// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Syscalls counts the system calls of processes for a time, with perf. It
// fails where perf is missing or the kernel does not let it count.
func Syscalls(ctx context.Context, pids []int, d time.Duration) (int64, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter",
		"-p", joined(pids), "--", "sleep", strconv.FormatFloat(d.Seconds(), 'f', 3, 64))
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("perf stat: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	n, ok := counterOf(stderr.String(), "raw_syscalls:sys_enter")
	if !ok {
		return 0, fmt.Errorf("perf stat does not count system calls here: %s", strings.TrimSpace(stderr.String()))
	}
	return n, nil
}

// counterOf finds a counter in what perf stat -x , writes.
func counterOf(output, event string) (int64, bool) {
	lines := bufio.NewScanner(strings.NewReader(output))
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ",")
		if len(fields) < 3 || fields[2] != event {
			continue
		}
		n, err := strconv.ParseInt(fields[0], 10, 64)
		return n, err == nil
	}
	return 0, false
}

func joined(pids []int) string {
	var b strings.Builder
	for i, pid := range pids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(pid))
	}
	return b.String()
}
