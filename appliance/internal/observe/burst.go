// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// A burst is so many lines with the same message in a burstTime.
const (
	burstLines = 10
	burstTime  = time.Second
)

// NewBurst returns a logger for what may happen a thousand times at once. Of the
// lines with the same message it writes the first ten of a second; how many more
// there were is one line, with the same message and level, when the second is
// over.
func NewBurst(log *slog.Logger) *slog.Logger {
	return slog.New(&burst{log.Handler(), &bursts{lines: make(map[string]int), log: log}})
}

// A burst is the handler of a logger.
type burst struct {
	slog.Handler
	shared *bursts
}

// bursts counts the lines of the current second, by message.
type bursts struct {
	log *slog.Logger

	mu     sync.Mutex
	lines  map[string]int
	levels map[string]slog.Level // of those messages that have been left out
	began  time.Time
}

// Handle implements [slog.Handler].
func (b *burst) Handle(ctx context.Context, r slog.Record) error {
	if !b.shared.takes(r.Message, r.Level) {
		return nil
	}
	return b.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (b *burst) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &burst{b.Handler.WithAttrs(attrs), b.shared}
}

// WithGroup implements [slog.Handler].
func (b *burst) WithGroup(name string) slog.Handler {
	return &burst{b.Handler.WithGroup(name), b.shared}
}

// takes reports whether a line is to be written.
func (s *bursts) takes(message string, level slog.Level) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.levels == nil && now.Sub(s.began) >= burstTime {
		clear(s.lines)
		s.began = now
	}
	s.lines[message]++
	if s.lines[message] <= burstLines {
		return true
	}
	if s.levels == nil {
		s.levels = make(map[string]slog.Level)
		time.AfterFunc(s.began.Add(burstTime).Sub(now), s.over)
	}
	s.levels[message] = level
	return false
}

// over tells what has been left out, when a second is over.
func (s *bursts) over() {
	s.mu.Lock()
	lines, levels := s.lines, s.levels
	s.lines, s.levels, s.began = make(map[string]int), nil, time.Now()
	s.mu.Unlock()
	for message, level := range levels {
		s.log.Log(context.Background(), level, message, "more", lines[message]-burstLines)
	}
}
