// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin/plugintest"
)

const dropped = "penstock_access_log_dropped_total"

// A gate is a file that writes when it is told to.
type gate struct {
	bytes.Buffer
	begun chan struct{}   // a write has begun
	pass  chan func() int // how much of it to write; the rest fails
}

func (g *gate) Write(b []byte) (int, error) {
	g.begun <- struct{}{}
	if part := <-g.pass; part != nil {
		n, _ := g.Buffer.Write(b[:part()])
		return n, errors.New("no space left")
	}
	return g.Buffer.Write(b)
}

func (g *gate) Close() error { return nil }

func newGate() *gate {
	return &gate{begun: make(chan struct{}, 100), pass: make(chan func() int, 100)}
}

func send(s *sink, text string) {
	line := s.line()
	*line = append(*line, text...)
	s.send(line)
}

// A file that blocks never blocks an exchange: lines beyond the queue are
// dropped and counted, and the rest arrives once the file takes them.
func TestBlockedFile(t *testing.T) {
	env, out := plugintest.NewEnv(t), newGate()
	s := newSink(out, &env.Env, time.Hour)
	r := &runtime{format: func(b []byte, _ *plugin.Exchange, _ time.Time, _ bool) []byte { return append(b, "line"...) }, now: env.Time, sink: s}
	send(s, strings.Repeat("x", batchBytes)+"\n")
	<-out.begun // the writer is in Write, and stays there
	const more = 100
	for range queueLines + more {
		r.OnDone(nil) // would hang if it waited for the file
	}
	if n := env.Counted(dropped); n != more {
		t.Fatalf("%v lines are counted as dropped; want %d", n, more)
	}
	close(out.pass)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "line\n"); n != queueLines {
		t.Errorf("%d lines arrived; want %d", n, queueLines)
	}
}

// Lines that cannot be written are counted, and the next ones begin on a line
// of their own.
func TestFailingFile(t *testing.T) {
	env, out := plugintest.NewEnv(t), newGate()
	s := newSink(out, &env.Env, time.Millisecond)
	send(s, "one\n")
	<-out.begun
	out.pass <- func() int { return 2 }
	<-out.begun // the line's end
	out.pass <- nil
	send(s, "two\n")
	<-out.begun
	out.pass <- nil
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "on\ntwo\n" {
		t.Errorf("the file holds %q", got)
	}
	if n := env.Counted(dropped); n != 1 {
		t.Errorf("%v lines are counted as dropped; want 1", n)
	}
}

// A path that cannot be opened is no reason not to run (S1-51): its lines are
// counted, one error and the recovery are logged, and the next try succeeds
// once the path can be opened. Nothing is opened before there is a line.
func TestUnopenable(t *testing.T) {
	env := plugintest.NewEnv(t)
	var log bytes.Buffer
	env.Log = slog.New(slog.NewTextHandler(&log, nil))
	dir := filepath.Join(t.TempDir(), "missing")
	path := filepath.Join(dir, "access.log")
	built, err := Spec.New(fmt.Appendf(nil, `{"path": %q}`, path), &env.Env)
	if err != nil {
		t.Fatalf("it does not run: %v", err)
	}
	idle, err := Spec.New(fmt.Appendf(nil, `{"path": %q}`, filepath.Join(filepath.Dir(dir), "idle.log")), &env.Env)
	if err != nil {
		t.Fatal(err)
	}
	if err := idle.(*runtime).Close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(filepath.Dir(dir)); len(left) > 0 {
		t.Errorf("%v was made without a line", left)
	}
	s := built.(*runtime).sink
	s.delayed("one\ntwo\n")
	s.delayed("three\n")
	if n := env.Counted(dropped); n != 3 {
		t.Errorf("%v lines are counted as dropped; want 3", n)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s.delayed("four\n")
	if err := built.(*runtime).Close(); err != nil {
		t.Error(err)
	}
	if got := read(t, path); got != "four\n" {
		t.Errorf("the file holds %q", got)
	}
	if text := log.String(); strings.Count(text, "level=ERROR") != 1 || !strings.Contains(text, path) || strings.Count(text, "written again") != 1 || !strings.Contains(text, "dropped=3") {
		t.Errorf("logged:\n%s", text)
	}
}

// delayed writes lines as the writer does after its delay.
func (s *sink) delayed(lines string) {
	b := batch{sink: s, bytes: []byte(lines)}
	b.write()
}

// All lines of all routes arrive by Close, whole.
func TestConcurrent(t *testing.T) {
	const writers, each = 100, 80 // fewer than the queue holds
	path := filepath.Join(t.TempDir(), "access.log")
	env := plugintest.NewEnv(t)
	var done sync.WaitGroup
	for w := range writers {
		built, err := Spec.New(fmt.Appendf(nil, `{"path": %q, "format": %q}`, path, []string{"json", "clf"}[w%2]), &env.Env)
		if err != nil {
			t.Fatal(err)
		}
		r := built.(*runtime)
		done.Go(func() {
			for i := range each {
				x := plugintest.Exchange("GET", fmt.Sprintf("/%d/%d/%s", w, i, strings.Repeat("x", i*10)))
				x.Start = env.Time()
				r.OnDone(x)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	seen := map[string]bool{}
	for line := range strings.Lines(read(t, path)) {
		var w, i int
		at := strings.Index(line, `/`)
		if strings.HasPrefix(line, "192") {
			at = strings.Index(line, `"GET /`) + 5
		}
		if _, err := fmt.Sscanf(line[at:], "/%d/%d/", &w, &i); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if !strings.Contains(line, fmt.Sprintf("/%d/%d/%s", w, i, strings.Repeat("x", i*10))) || strings.Count(line, "192.0.2.1") != 1 {
			t.Fatalf("torn line %q", line)
		}
		seen[fmt.Sprint(w, i)] = true
	}
	if len(seen) != writers*each || env.Counted(dropped) != 0 {
		t.Errorf("%d lines arrived and %v were dropped; want all %d", len(seen), env.Counted(dropped), writers*each)
	}
}

// After logrotate renamed the file, lines go to a new one.
func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	f := out(path)
	defer f.Close()
	write := func(s string) {
		t.Helper()
		if _, err := f.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	write("one\n")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	write("two\n")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	write("three\n")
	write("four\n")
	if old, now := read(t, path+".1"), read(t, path); old != "one\n" || now != "three\nfour\n" {
		t.Errorf("the renamed file holds %q, the new one %q", old, now)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("the log can be read by everyone: %v, %v", info.Mode(), err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func BenchmarkOnDone(b *testing.B) {
	env := plugintest.NewEnv(b)
	env.Now = time.Now
	log := plugintest.Start[plugin.DonePhase](b, env, Spec, fmt.Sprintf(`{"path": %q}`, filepath.Join(b.TempDir(), "log")))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		x := done(env)
		for pb.Next() {
			log.OnDone(x)
		}
	})
	b.ReportMetric(env.Counted(dropped)/float64(b.N), "dropped/op")
}
