// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// errTryTimeout is why the context of a try has ended.
var errTryTimeout error = tryTimeout{}

type tryTimeout struct{}

func (tryTimeout) Error() string { return "no response within per_try_timeout" }
func (tryTimeout) Timeout() bool { return true }

// A try is the context of one. It ends when the exchange's does, when the head
// of the response does not come in time, and when it is canceled. Its deadline is
// that of the head.
type try struct {
	context.Context
	cancel context.CancelCauseFunc
	by     time.Time
	timer  *time.Timer // nil: the head may take as long as it wants
	headed atomic.Bool // the head has come
}

func newTry(ctx context.Context, limit time.Duration) *try {
	t := &try{}
	t.Context, t.cancel = context.WithCancelCause(ctx)
	if limit > 0 {
		t.by = time.Now().Add(limit)
		t.timer = time.AfterFunc(limit, func() { t.cancel(errTryTimeout) })
	}
	return t
}

// Deadline implements context.Context.
func (t *try) Deadline() (time.Time, bool) {
	by, ok := t.Context.Deadline()
	if t.timer != nil && !t.headed.Load() && (!ok || t.by.Before(by)) {
		return t.by, true
	}
	return by, ok
}

// end takes what RoundTrip returned, and returns the error of the try. The
// context of one that has failed has ended then, and the target been told so.
func (t *try) end(target *upstream.Target, response *message.Response, err error) error {
	inTime := t.timer == nil || t.timer.Stop()
	t.headed.Store(true)
	switch {
	case err == nil && inTime:
		return nil
	case err == nil: // it would break off in a moment
		discard(response)
		response.Reset()
		target.End()
		err = &message.TransportError{Phase: message.PhaseTimeout, Target: target.Address(), Err: errTryTimeout}
	case errors.Is(context.Cause(t), errTryTimeout):
		if failed, ok := errors.AsType[*message.TransportError](err); ok && failed.Phase == message.PhaseCanceled {
			err = &message.TransportError{Phase: message.PhaseTimeout, Target: failed.Target, Reused: failed.Reused, Err: errTryTimeout}
		}
	}
	t.cancel(nil)
	return err
}
