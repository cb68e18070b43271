// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"errors"
	"fmt"
)

var errStopped = errors.New("the gateway stopped")

// Cut says that the time to finish is over: exchanges that break off from now
// on do so because the gateway stops.
func (p *Proxy) Cut() { p.cut.Store(true) }

// blameStop makes the gateway's stop the reason of an exchange's failure, or
// of a tunnel's end, if it is that.
func (x *exchange) blameStop() {
	tunnel := x.Response != nil && x.Response.Tunnel != nil
	switch {
	case x.Err == nil && !tunnel || !x.proxy.cut.Load():
	case x.Err == nil:
		x.Err = errStopped
	default:
		x.Err = fmt.Errorf("%w: %w", errStopped, x.Err)
	}
}
