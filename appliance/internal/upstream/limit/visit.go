// SPDX-License-Identifier: Apache-2.0

package limit

import (
	"context"
	"errors"
	"time"
)

// Why a request is not served.
var (
	// ErrOverloaded says that as many requests wait already as may, or that none
	// may.
	ErrOverloaded = errors.New("the upstream serves as many requests as it may, and no more may wait")

	// ErrPendingTimeout says that a request has waited for too long.
	ErrPendingTimeout = errors.New("the upstream serves as many requests as it may, and none has ended in time")
)

// A Visit is one request's at a gate. The zero value is one that is not inside.
// Its methods are for one goroutine.
type Visit struct {
	gate   *Gate     // nil when it is not inside
	by     time.Time // when it has waited for too long; the zero time: it has not waited
	seen   uint64    // how many had left at the last Look
	turned bool      // it has been its turn for a connection
}

// Enter waits until there is room. The error is [ErrOverloaded],
// [ErrPendingTimeout] or why ctx has ended; then the visit is not inside.
func (v *Visit) Enter(ctx context.Context, g *Gate) error {
	*v = Visit{}
	if g.entrants.length.Load() == 0 && g.enter() {
		v.gate = g
		return nil
	}
	w, patience, err := g.stand(&g.entrants, false, func() bool { return g.entrants.first == nil && g.enter() })
	if w != nil {
		err = v.wait(ctx, g, &g.entrants, w, patience)
	}
	if err == nil {
		v.gate = g
	}
	return err
}

// Inside reports whether the visit has entered and not left.
func (v *Visit) Inside() bool { return v.gate != nil }

// Look is called before a target is looked for. It reports whether there are
// others who wait for a connection and come first; then, and if all targets are
// busy, the visit is to Wait.
func (v *Visit) Look() (others bool) {
	g := v.gate
	if g == nil || !g.limits.Load().connections {
		return false
	}
	v.seen = g.left.Load()
	return !v.turned && g.turns.length.Load() > 0
}

// Wait waits until it is the visit's turn: until another one has left since the
// last Look, and those who came before have had their turns. The error is as
// that of Enter; the visit remains inside, and who gives up leaves, which makes it
// the next one's turn.
func (v *Visit) Wait(ctx context.Context) error {
	g, again := v.gate, v.turned
	if g == nil {
		return ErrOverloaded
	}
	v.turned = true
	w, patience, err := g.stand(&g.turns, again, func() bool {
		return g.left.Load() != v.seen && (again || g.turns.first == nil)
	})
	if w != nil {
		err = v.wait(ctx, g, &g.turns, w, patience)
	}
	return err
}

// Leave ends the visit, if it is inside.
func (v *Visit) Leave() {
	if g := v.gate; g != nil {
		v.gate = nil
		g.leave()
	}
}

// stand joins a line, unless it turns out that there is no need to or that it
// is too long.
func (g *Gate) stand(l *line, front bool, needless func() bool) (*waiter, time.Duration, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	limits := g.limits.Load()
	l.length.Add(1) // from now on, whoever leaves looks here
	switch {
	case needless():
		l.length.Add(-1)
		return nil, 0, nil
	case g.Pending() > limits.pending:
		l.length.Add(-1)
		g.overloaded.Add(1)
		return nil, 0, ErrOverloaded
	}
	w := &waiter{turn: make(chan struct{})}
	l.add(w, front)
	return w, limits.patience, nil
}

// wait waits until w is called.
func (v *Visit) wait(ctx context.Context, g *Gate, l *line, w *waiter, patience time.Duration) error {
	if v.by.IsZero() {
		v.by = time.Now().Add(patience)
	}
	timer := time.NewTimer(time.Until(v.by))
	defer timer.Stop()
	var err error
	select {
	case <-w.turn:
		return nil
	case <-timer.C:
		err = ErrPendingTimeout
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case !w.called:
		l.remove(w)
	case ctx.Err() == nil:
		return nil // just in time
	case l == &g.entrants:
		g.inside.Add(-1)
		g.admit()
	}
	if errors.Is(err, ErrPendingTimeout) {
		g.late.Add(1)
	}
	return err
}
