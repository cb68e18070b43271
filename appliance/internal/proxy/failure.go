// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"context"
	"errors"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
)

// fail answers for a target that did not. The client learns what kind of
// failure it was, not who or where the target is.
func (x *exchange) fail(err error) {
	x.Err = err
	x.discardResponse()
	x.Response = nil
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(context.Cause(x.Context), errTimeout):
		x.Answer(504, "the route's timeout has passed")
	case x.Context.Err() != nil && !errors.Is(x.Context.Err(), context.DeadlineExceeded):
		// The client has gone: nobody is there to be answered.
	case errors.Is(err, upstream.ErrNoTarget):
		x.Answer(503, "the upstream has no target that could take this request")
	case errors.As(err, &timeout) && timeout.Timeout():
		x.Answer(504, "the upstream did not answer in time")
	default:
		x.Answer(502, "the upstream could not be reached or broke off")
	}
}
