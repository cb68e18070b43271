// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"errors"
	"fmt"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// maxAttempts bounds how many targets one request is sent to.
const maxAttempts = 3

var (
	_ plugin.Transport = (*exchange)(nil)
	_ message.Interim  = (*exchange)(nil)
)

// RoundTrip asks a target of the route's upstream. It is the innermost
// plugin.Transport, and the exchange is always its own. Another target is
// asked when the first has certainly not acted on the request.
func (x *exchange) RoundTrip(*plugin.Exchange) error {
	pool := x.snapshot.Pool(x.route)
	target, err := pool.Pick(nil)
	if err != nil {
		return err
	}
	var failed []*upstream.Target
	for {
		x.Target = target.Address()
		x.passTime()
		err := target.RoundTrip(x.Context(), x.Request, &x.response, x)
		if err == nil {
			x.leave()
			x.target = target
			return x.accept(&x.response)
		}
		failed = append(failed, target)
		if !retryable(err) || len(failed) == maxAttempts || x.ClientContext().Err() != nil || x.late() {
			return err
		}
		next, none := pool.Pick(failed)
		if none != nil {
			return err
		}
		target = next
	}
}

// leave tells the target that its exchange has ended.
func (x *exchange) leave() {
	if x.target != nil {
		x.target.End()
		x.target = nil
	}
}

// accept makes a target's response the exchange's.
func (x *exchange) accept(response *message.Response) error {
	if response.Tunnel == nil {
		removeHopByHop(&response.Header)
		x.Response = response
		return nil
	}
	asked, got := x.Request.Upgrade(), response.Header.Get("upgrade")
	if asked == "" || !message.EqualName(asked, got) {
		_ = response.Tunnel.Close() // nothing of it is wanted
		return fmt.Errorf("target %s: switched to the protocol %q, and the client asked for %q", x.Target, got, asked)
	}
	removeHopByHop(&response.Header)
	response.Header.Add("Connection", "Upgrade")
	response.Header.Add("Upgrade", got)
	x.Response = response
	return nil
}

// Inform passes an interim response of the target on.
func (x *exchange) Inform(status int, header *message.Header) error {
	removeHopByHop(header)
	return x.stream.Inform(status, header)
}

func retryable(err error) bool {
	var r interface{ Retryable() bool }
	return errors.As(err, &r) && r.Retryable()
}
