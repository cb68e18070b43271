// SPDX-License-Identifier: Apache-2.0

// Package life holds the context of exchanges, which ends when the client
// goes away. It costs nothing until somebody asks for more than whether it has
// ended: no channel, no goroutine, no lock.
package life

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// An Ender is told of the end of a [Line].
type Ender interface {
	// LineEnded is called by whoever ends the line, or finds that it has ended. It
	// must neither wait nor take locks under which a line is ended or asked.
	LineEnded()
}

// A Line is a context. Either its owner ends it (HTTP/2, where a client's
// reset is read at once), or it has a probe that looks (HTTP/1.1, where nobody
// reads while an exchange runs): whoever waits then asks it by Gone now and
// then, and those that wait for Done are told within [Interval].
type Line struct {
	probe func() error

	ended atomic.Bool
	mu    sync.Mutex
	cause error
	done  chan struct{}
	hook  Ender // told first; nil: nobody is
	after map[*func()]struct{}
	watch bool
}

var _ context.Context = (*Line)(nil)

// Init sets what tells whether the client has gone: nil, or its error.
func (l *Line) Init(probe func() error) { l.probe = probe }

// Of returns the line that a context is, or nil if it is another one.
func Of(ctx context.Context) *Line {
	l, _ := ctx.(*Line)
	return l
}

// End ends the context. Later calls do nothing.
func (l *Line) End(cause error) {
	l.mu.Lock()
	if l.ended.Load() {
		l.mu.Unlock()
		return
	}
	l.cause = cause
	l.ended.Store(true)
	if l.done != nil {
		close(l.done)
	}
	hook, after := l.hook, l.after
	l.hook, l.after = nil, nil
	l.mu.Unlock()
	if hook != nil {
		hook.LineEnded()
	}
	for f := range after {
		go (*f)()
	}
}

// Gone reports whether the context has ended, and looks whether it should.
func (l *Line) Gone() bool {
	if l.ended.Load() {
		return true
	}
	if l.probe == nil {
		return false
	}
	if err := l.probe(); err != nil {
		l.End(err)
		return true
	}
	return false
}

// Used reports whether somebody has asked to be told of the end. A line that
// is none's can serve the next exchange.
func (l *Line) Used() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.done != nil || l.hook != nil || l.after != nil
}

// Probed reports whether only Gone finds out that the client has gone.
func (l *Line) Probed() bool { return l.probe != nil }

// Cause returns why the context has ended, nil if it has not.
func (l *Line) Cause() error {
	if !l.ended.Load() {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}

// Err implements context.Context.
func (l *Line) Err() error {
	if l.ended.Load() {
		return context.Canceled
	}
	return nil
}

// Done implements context.Context.
func (l *Line) Done() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done == nil {
		l.done = make(chan struct{})
		if l.ended.Load() {
			close(l.done)
		}
	}
	l.watched()
	return l.done
}

// AfterFunc calls f in a goroutine of its own when the context ends. The
// context package uses it for contexts made from this one.
func (l *Line) AfterFunc(f func()) (stop func() bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended.Load() {
		go f()
		return func() bool { return false }
	}
	if l.after == nil {
		l.after = make(map[*func()]struct{})
	}
	l.after[&f] = struct{}{}
	l.watched()
	return func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		_, ok := l.after[&f]
		delete(l.after, &f)
		return ok
	}
}

// Hook has e told of the end, which costs less than AfterFunc does, and reports
// whether it will be: it is not if the line has ended, or another one is to be
// told.
func (l *Line) Hook(e Ender) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended.Load() || l.hook != nil {
		return false
	}
	l.hook = e
	l.watched()
	return true
}

// Unhook has e not be told any more. It may be under way already.
func (l *Line) Unhook(e Ender) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hook == e {
		l.hook = nil
	}
}

// watched has the line looked at. The caller holds the lock.
func (l *Line) watched() {
	if l.probe != nil && !l.watch && !l.ended.Load() {
		l.watch = true
		watching.add(l)
	}
}

// Deadline implements context.Context.
func (l *Line) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value implements context.Context.
func (l *Line) Value(any) any { return nil }
