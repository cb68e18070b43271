// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"errors"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/limit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

const lateText = "the time for this request has passed"

// late reports whether the time for the exchange has passed.
func (x *exchange) late() bool {
	deadline := x.Request.Deadline
	return !deadline.IsZero() && !time.Now().Before(deadline)
}

// nearlyLate reports whether a target that was told how much time was left may
// have found that it has passed: its timer need not agree with this one.
func (x *exchange) nearlyLate() bool {
	const margin = 50 * time.Millisecond
	deadline := x.Request.Deadline
	return !deadline.IsZero() && time.Until(deadline) < margin
}

// fail answers for a target that did not. The client learns what kind of
// failure it was, not who or where the target is. A client that has gone is
// not answered: the exchange ends without a response.
func (x *exchange) fail(err error) {
	x.Err = err
	x.discardResponse()
	panicked, isPanic := errors.AsType[*panicError](err)
	failed, isTransport := errors.AsType[*message.TransportError](err)
	var timeout interface{ Timeout() bool }
	switch {
	case isPanic:
		x.complain("around the upstream", panicked)
		x.Answer(500, "the gateway could not process this request")
	case x.late():
		x.Answer(504, lateText)
	case x.ClientContext().Err() != nil || isTransport && failed.Phase == message.PhaseCanceled:
		// Nobody is there to be answered.
	case x.Request.IsGRPC() && errors.Is(err, message.ErrCanceledByTarget):
		if x.nearlyLate() {
			x.Answer(504, lateText)
		} else {
			x.AnswerGRPC(plugin.GRPCCancelled, "the upstream canceled the call")
		}
	case errors.Is(err, message.ErrBodyTooLarge):
		x.Answer(413, "the request's body is larger than the listener takes")
	case isTransport && failed.Phase == message.PhaseBody && failed.Timeout():
		x.Answer(408, "the request's body did not come in time")
	case isTransport && failed.Phase == message.PhaseBody:
		x.Answer(400, "the request's body could not be read to its end")
	case errors.Is(err, limit.ErrOverloaded), errors.Is(err, upstream.ErrAllBusy):
		x.Answer(503, "the upstream is busy, and no more requests may wait for it")
	case errors.Is(err, limit.ErrPendingTimeout):
		x.Answer(503, "the upstream is busy, and it was not this request's turn in time")
	case errors.Is(err, upstream.ErrNoTarget):
		x.Answer(503, "the upstream has no target that could take this request")
	case errors.As(err, &timeout) && timeout.Timeout():
		x.Answer(504, "the upstream did not answer in time")
	default:
		x.Answer(502, "the upstream could not be reached or broke off")
	}
}

// discardResponse closes a response of which nothing is wanted.
func (x *exchange) discardResponse() {
	if r := x.Response; r != nil {
		discard(r)
	}
	x.Response = nil
}
