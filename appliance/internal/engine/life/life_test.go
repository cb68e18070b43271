// SPDX-License-Identifier: Apache-2.0

package life_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/life"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var errLeft = errors.New("left")

func TestEnd(t *testing.T) {
	var l life.Line
	l.Init(nil)
	child, cancel := context.WithTimeout(&l, time.Hour)
	defer cancel()
	ran := make(chan struct{})
	stopped := l.AfterFunc(func() { t.Error("it was stopped") })
	if !stopped() || stopped() {
		t.Error("stop does not say what it did")
	}
	l.AfterFunc(func() { close(ran) })
	if l.Gone() || l.Err() != nil || l.Cause() != nil || !l.Used() || l.Probed() {
		t.Error("ended before its end")
	}
	l.End(errLeft)
	l.End(errors.New("again"))
	<-l.Done()
	<-child.Done()
	<-ran
	if !l.Gone() || !errors.Is(l.Err(), context.Canceled) || !errors.Is(l.Cause(), errLeft) || child.Err() == nil {
		t.Errorf("err %v, cause %v", l.Err(), l.Cause())
	}
	ran = make(chan struct{})
	l.AfterFunc(func() { close(ran) })
	<-ran
}

// S1-35: whoever waits learns that a client has gone though nobody reads from
// it, and a line that nobody waits for is left alone.
func TestProbe(t *testing.T) {
	var gone, asked atomic.Int64
	probe := func() error {
		asked.Add(1)
		if gone.Load() > 0 {
			return errLeft
		}
		return nil
	}
	for range 2 { // the watch begins and ends each time
		var l life.Line
		l.Init(probe)
		gone.Store(0)
		if !l.Probed() || l.Used() || l.Gone() {
			t.Error("a new line")
		}
		done := l.Done()
		gone.Store(1)
		<-done
		if !errors.Is(l.Cause(), errLeft) {
			t.Errorf("cause %v", l.Cause())
		}
		gone.Store(0)
		var other life.Line
		other.Init(probe)
		other.AfterFunc(func() {})() // stopped at once
		if other.Gone() {
			t.Error("ended")
		}
		other.End(nil)
	}
	before := asked.Load()
	var l life.Line
	l.Init(probe)
	if asked.Load() != before {
		t.Error("asked for nobody")
	}
}

func TestOf(t *testing.T) {
	var l life.Line
	if life.Of(&l) != &l || life.Of(context.Background()) != nil {
		t.Error("another line")
	}
	if _, ok := l.Deadline(); ok || l.Value("key") != nil {
		t.Error("it has a deadline or a value")
	}
}

// An ender counts how often it is told.
type ender struct{ told int }

func (e *ender) LineEnded() { e.told++ }

// One hook is told of the end, at once; a second one is refused.
func TestHook(t *testing.T) {
	var l life.Line
	l.Init(nil)
	var first, second ender
	if !l.Hook(&first) || l.Hook(&second) || !l.Used() {
		t.Error("more than one is hooked, or none")
	}
	l.Unhook(&second)
	if l.Hook(&second) {
		t.Error("another one has been unhooked")
	}
	l.Unhook(&first)
	if l.Used() || !l.Hook(&second) {
		t.Error("it is still hooked")
	}
	l.End(errLeft)
	l.End(errLeft)
	if first.told != 0 || second.told != 1 || l.Hook(&first) {
		t.Errorf("told %d and %d times", first.told, second.told)
	}
	if n := testing.AllocsPerRun(100, func() {
		var l life.Line
		l.Hook(&first)
		l.Unhook(&first)
	}); n > 1 { // the line
		t.Errorf("%v allocations", n)
	}
	var probed life.Line // is looked at for a hook, too
	told := make(chan struct{})
	probed.Init(func() error { return errLeft })
	if !probed.Hook(closes(told)) {
		t.Error("not hooked")
	}
	<-told
}

type closes chan struct{}

func (c closes) LineEnded() { close(c) }
