// SPDX-License-Identifier: Apache-2.0

package child_test

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/child"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

// counts makes the test program a child that counts how often it is asked;
// mute makes it one that ends without a word.
const counts, mute = "count for the test", "end for the test"

func TestMain(m *testing.M) {
	switch os.Args[len(os.Args)-1] {
	case counts:
		n := 0
		if err := child.Serve(os.Stdin, os.Stdout, "begun", func() any { n++; return n }); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	case mute:
		os.Exit(0)
	}
	leaktest.Main(m)
}

func TestAChildTellsWhatItIsAskedFor(t *testing.T) {
	var first string
	p, err := child.Start(&first, os.Args[0], counts)
	if err != nil {
		t.Fatal(err)
	}
	if first != "begun" {
		t.Errorf("the first line is %q", first)
	}
	for want := 1; want < 4; want++ {
		var n int
		if err := p.Ask(&n); err != nil || n != want {
			t.Errorf("answer %d, %v; want %d", n, err, want)
		}
	}
	pid := p.PID()
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("process %d: %v", pid, err)
	}
	p.Stop()
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d after Stop: %v", pid, err)
	}
	if err := p.Ask(new(int)); err == nil {
		t.Error("a child that has ended answers")
	}
}

func TestAChildThatDoesNotBeginIsAnError(t *testing.T) {
	for name, args := range map[string][]string{"start: the first line": {os.Args[0], mute}, "start: fork": {"/nowhere/at/all"}} {
		if p, err := child.Start(new(string), args[0], args[1:]...); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%v: %v, %v; want an error with %q", args, p, err, name)
		}
	}
}

// Who asked may be gone before the answer is written.
func TestServeTellsThatNobodyListens(t *testing.T) {
	if err := child.Serve(strings.NewReader(""), closed{}, 1, nil); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error %v", err)
	}
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, os.ErrClosed }
