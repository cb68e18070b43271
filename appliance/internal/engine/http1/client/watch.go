// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/life"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// How long a wait for the target lasts before the exchange's context is asked
// whether it has ended, at first and at most.
const (
	firstStep = 100 * time.Millisecond
	lastStep  = time.Second
)

// A watch knows when an exchange has to end. It costs nothing as long as the
// target does not keep it waiting.
type watch struct {
	ctx  context.Context
	line *life.Line    // what ctx is, if it is one
	by   sock.Instant  // when the exchange must be over; 0: never
	step time.Duration // until ctx is asked again; 0: it tells
	stop func() bool   // ends what has ctx tell; nil: it does not
}

// A canceled says that the exchange's context has ended. It does not unwrap: a
// client that has gone may be an io.EOF, which must not look like the target's.
type canceled struct{ cause error }

func (c *canceled) Error() string { return c.cause.Error() }

// cause returns why a context has ended.
func cause(ctx context.Context) error {
	if line := life.Of(ctx); line != nil {
		return line.Cause()
	}
	return context.Cause(ctx)
}

func (w *watch) begin(ctx context.Context, request *message.Request) {
	*w = watch{ctx: ctx, line: life.Of(ctx), by: sock.At(request.Deadline), step: firstStep}
	if w.line == nil {
		if by, ok := ctx.Deadline(); ok {
			w.step = min(w.step, max(time.Until(by), 1))
		}
	}
}

// wake returns when the wait that begins now is to be interrupted. While the
// request is being sent its end must be noticed, for the target's silence counts
// from then.
func (w *watch) wake(now sock.Instant, sending bool, silence time.Duration) sock.Instant {
	at := now.After(w.step)
	if sending {
		at = at.Earlier(now.After(min(silence, lastStep)))
	}
	return at
}

// ask returns a canceled if the context has ended. When it has been asked for
// some time it is to tell, if it can: the socket is aborted then.
func (w *watch) ask(socket *sock.Conn) error {
	if w.line != nil && w.line.Gone() || w.ctx.Err() != nil {
		return &canceled{cause(w.ctx)}
	}
	switch {
	case w.step == 0:
	case w.line != nil && w.line.Probed():
		w.step = min(2*w.step, lastStep)
	default:
		w.tell(socket)
	}
	return nil
}

// tell has the socket aborted when the context ends.
func (w *watch) tell(socket *sock.Conn) {
	w.step = 0
	if w.stop == nil && w.ctx.Done() != nil {
		w.stop = context.AfterFunc(w.ctx, socket.Abort)
	}
}

// over reports whether the exchange must be over.
func (w *watch) over() bool { return w.by != 0 && w.by <= sock.Now() }

// end lets go of the context. It reports whether the socket has not been
// aborted and will not be.
func (w *watch) end() bool {
	quiet := w.stop == nil || w.stop()
	*w = watch{}
	return quiet
}

// A dialing is the context of a connection that is being made. Whoever makes
// one asks its context to tell of the end, which an exchange's would remember
// and be watched for as long as it lasts.
type dialing struct {
	life.Line
	of *life.Line
}

// LineEnded implements [life.Ender].
func (d *dialing) LineEnded() { d.End(d.of.Cause()) }

// whileDialing returns a context that ends with ctx until done is called.
func whileDialing(ctx context.Context) (until context.Context, done func()) {
	line := life.Of(ctx)
	if line == nil {
		return ctx, func() {}
	}
	d := &dialing{of: line}
	if !line.Hook(d) {
		return ctx, func() {}
	}
	return d, func() { line.Unhook(d) }
}
