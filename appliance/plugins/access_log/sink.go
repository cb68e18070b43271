// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

const (
	queueLines = 8192             // lines that may wait while the disk is slow
	batchBytes = 64 << 10         // written at once
	maxDelay   = time.Second      // how long a line may wait for others
	maxLine    = 16 << 10         // memory of longer lines is not kept
	patience   = 10 * time.Second // how long Close waits for a blocked file
)

// A sink writes lines to one place. Whoever has a line adds it to those that
// wait, and drops it when there are too many: one goroutine writes, and nobody
// waits for it or wakes it for a line alone.
type sink struct {
	mu      sync.Mutex
	waiting []byte // whole lines
	count   int    // of them
	spare   []byte // memory for the next waiting

	lines   sync.Pool     // of *[]byte, empty
	full    chan struct{} // told when enough waits to be written at once
	stop    chan struct{}
	stopped chan struct{} // closed when all is written
	out     io.WriteCloser
	dropped plugin.Counter
	log     *slog.Logger
	failing bool // the last write failed; used by the writer only
	lost    int  // lines that the row of failures has cost; used by the writer only
}

func newSink(out io.WriteCloser, env *plugin.Env, delay time.Duration) *sink {
	s := &sink{
		full:    make(chan struct{}, 1),
		stop:    make(chan struct{}),
		stopped: make(chan struct{}),
		out:     out,
		dropped: env.Count("penstock_access_log_dropped_total", "Lines of access logs that were lost because writing was too slow or failed."),
		log:     env.Log,
	}
	s.lines.New = func() any { b := make([]byte, 0, 512); return &b }
	go s.run(delay)
	return s
}

// line returns an empty line to fill and send.
func (s *sink) line() *[]byte { return s.lines.Get().(*[]byte) }

// send never blocks.
func (s *sink) send(line *[]byte) {
	s.mu.Lock()
	taken := s.count < queueLines
	if taken {
		s.waiting = append(s.waiting, *line...)
		s.count++
	}
	enough := len(s.waiting) >= batchBytes && len(s.waiting)-len(*line) < batchBytes
	s.mu.Unlock()
	if !taken {
		s.dropped.Add(1)
	}
	if enough && taken {
		select {
		case s.full <- struct{}{}:
		default:
		}
	}
	if cap(*line) <= maxLine {
		*line = (*line)[:0]
		s.lines.Put(line)
	}
}

// take returns the lines that wait.
func (s *sink) take() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := s.waiting
	s.waiting, s.spare, s.count = s.spare[:0], nil, 0
	return lines
}

// give takes memory back for lines to come, unless a burst has made it large.
func (s *sink) give(memory []byte) {
	if cap(memory) > 4*batchBytes {
		return
	}
	s.mu.Lock()
	s.spare = memory[:0]
	s.mu.Unlock()
}

// run writes what waits: when it is enough, and otherwise after a delay.
func (s *sink) run(delay time.Duration) {
	defer close(s.stopped)
	tick := time.NewTicker(delay)
	defer tick.Stop()
	b := batch{sink: s}
	for {
		stop := false
		select {
		case <-s.full:
		case <-tick.C:
		case <-s.stop:
			stop = true
		}
		lines := s.take()
		b.bytes = append(b.bytes, lines...)
		s.give(lines)
		b.write()
		if stop {
			return
		}
	}
}

// Close writes what waits. It gives up on a file that blocks.
func (s *sink) Close() error {
	close(s.stop)
	select {
	case <-s.stopped:
		return s.out.Close()
	case <-time.After(patience):
		return errors.New("the file of the access log blocks; lines are lost")
	}
}

// A batch is lines that wait to be written together.
type batch struct {
	sink  *sink
	bytes []byte
}

// write counts the lines as dropped when they cannot be written: to keep them
// would take more and more memory. The log gets the first of a row of errors,
// and the end of the row.
func (b *batch) write() {
	if len(b.bytes) == 0 {
		return
	}
	n, err := b.sink.out.Write(b.bytes)
	b.sink.wrote(bytes.Count(b.bytes[n:], []byte{'\n'}), err)
	torn := n > 0 && b.bytes[n-1] != '\n'
	b.bytes = b.bytes[:0]
	if torn {
		b.bytes = append(b.bytes, '\n') // ends the line that was written in part
	}
}

// wrote takes note of a write's outcome and of the lines that it lost.
func (s *sink) wrote(lost int, err error) {
	switch {
	case err != nil:
		s.dropped.Add(float64(lost))
		s.lost += lost
		if !s.failing {
			s.log.Error("access log cannot be written; its lines are dropped until it can", "error", err)
		}
	case s.failing:
		s.log.Info("access log is written again", "dropped", s.lost)
		s.lost = 0
	}
	s.failing = err != nil
}
