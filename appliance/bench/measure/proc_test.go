// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

func TestParentOf(t *testing.T) {
	for stat, want := range map[string]int{
		"12 (nginx) S 7 12 12 0 -1":                7,
		"12 (a) b) (c) R 1 12 12":                  1,
		"12 (nginx: worker process) S 4242 1 1 0 ": 4242,
		"12 (nginx) S":                             -1,
		"12 nginx S 7":                             -1,
		"12 (nginx) S seven":                       -1,
		"":                                         -1,
	} {
		parent, ok := parentOf([]byte(stat))
		if ok != (want >= 0) || ok && parent != want {
			t.Errorf("parentOf(%q) = %d, %v, want %d", stat, parent, ok, want)
		}
	}
}

func TestPSSOf(t *testing.T) {
	for rollup, want := range map[string]int64{
		"5562d7ca8000-7ffe0ac4b000 ---p 00000000 00:00 0 [rollup]\nRss:   1716 kB\nPss:    438 kB\nPss_Dirty: 112 kB\n": 438 << 10,
		"Rss: 1 kB\nPss_Dirty: 112 kB\n": -1,
		"Pss: 438\n":                     -1,
		"":                               -1,
	} {
		size, ok := pssOf([]byte(rollup))
		if ok != (want >= 0) || ok && size != want {
			t.Errorf("pssOf(%q) = %d, %v, want %d", rollup, size, ok, want)
		}
	}
}

func TestLoadOf(t *testing.T) {
	got, ok := loadOf([]byte("cpu  1 2 4 8 16 32 64 128 256 512\ncpu0 9 9 9 9 9 9 9 9 9 9\n"))
	want := Load{Busy: 70 * time.Millisecond, Stolen: 1280 * time.Millisecond}
	if !ok || got != want {
		t.Errorf("loadOf = %+v, %v, want %+v", got, ok, want)
	}
	for _, bad := range []string{"", "cpu 1 2 3", "intr 1 2 3 4 5 6 7 8 9"} {
		if _, ok := loadOf([]byte(bad)); ok {
			t.Errorf("loadOf(%q) made something of it", bad)
		}
	}
}

func TestCounterOf(t *testing.T) {
	const event = "raw_syscalls:sys_enter"
	for output, want := range map[string]int64{
		"143,,raw_syscalls:sys_enter,1773470,100.00,,\n":                      143,
		"# a note\n\n7,,raw_syscalls:sys_exit,1,1\n9,,raw_syscalls:sys_enter": 9,
		"<not counted>,,raw_syscalls:sys_enter,0,100.00,,\n":                  -1,
		"": -1,
	} {
		n, ok := counterOf(output, event)
		if ok != (want >= 0) || ok && n != want {
			t.Errorf("counterOf(%q) = %d, %v, want %d", output, n, ok, want)
		}
	}
}

// The clock is that of the process named, and runs on with its work.
func TestCPUTimeOfThisProcess(t *testing.T) {
	self := []int{os.Getpid()}
	before, err := CPUTime(self)
	if err != nil {
		t.Fatal(err)
	}
	Calibrate()
	after, err := CPUTime(self)
	if err != nil {
		t.Fatal(err)
	}
	if before <= 0 || after <= before {
		t.Errorf("CPU time went from %v to %v", before, after)
	}
	if _, err := CPUTime([]int{1 << 23}); err == nil {
		t.Error("a process that does not exist has CPU time")
	}
}

func TestTreeHasChildren(t *testing.T) {
	cmd := exec.Command("cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		in.Close()
		cmd.Wait()
	}()
	tree, err := Tree(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(tree, os.Getpid()) || !slices.Contains(tree, cmd.Process.Pid) {
		t.Errorf("tree %v lacks %d or its child %d", tree, os.Getpid(), cmd.Process.Pid)
	}
	if size, err := Memory(tree); err != nil || size <= 0 {
		t.Errorf("memory %d, %v", size, err)
	}
}
