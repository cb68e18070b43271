// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"errors"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// maxAttempts bounds how many targets one request is sent to.
const maxAttempts = 3

// RoundTrip asks a target of the route's upstream. It is the innermost
// plugin.Transport. Another target is asked when the first has certainly not
// acted on the request.
func (x *exchange) RoundTrip(*plugin.Exchange) error {
	x.prepare()
	target, err := x.route.Pool.Pick(nil)
	if err != nil {
		return err
	}
	var failed []*upstream.Target
	for {
		x.Target = target.Address()
		response, err := target.RoundTrip(x.Context, x.Request, x.inform)
		if err == nil {
			removeHopByHop(&response.Header, response.Status == 101)
			x.Response = response
			return nil
		}
		failed = append(failed, target)
		if !retryable(err) || len(failed) == maxAttempts || x.Context.Err() != nil {
			return err
		}
		next, none := x.route.Pool.Pick(failed)
		if none != nil {
			return err
		}
		target = next
	}
}

// inform passes an interim response on; a client that cannot be told will be
// noticed with the final one.
func (x *exchange) inform(status int, header *message.Header) { _ = x.stream.Inform(status, header) }

func retryable(err error) bool {
	var r interface{ Retryable() bool }
	return errors.As(err, &r) && r.Retryable()
}

// prepare makes the client's request the gateway's own (RFC 9110, section 7.6).
func (x *exchange) prepare() {
	r := x.Request
	upgrade := r.Upgrade()
	trailers := r.Header.HasToken("te", "trailers")
	removeHopByHop(&r.Header, false)
	if upgrade != "" {
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Upgrade", upgrade)
	}
	if trailers {
		r.Header.Set("te", "trailers")
	}
	x.forwarded()
}

// forwarded tells the target who asks. What an untrusted client says of
// earlier hops is dropped.
func (x *exchange) forwarded() {
	h, peer := &x.Request.Header, x.Request.Remote.Addr().Unmap().String()
	if before := h.Joined("x-forwarded-for"); before != "" && x.trustsPeer() {
		h.Set("x-forwarded-for", before+", "+peer)
	} else {
		h.Set("x-forwarded-for", peer)
	}
	if !x.trustsPeer() || !h.Has("x-forwarded-proto") {
		h.Set("x-forwarded-proto", x.Request.Scheme)
	}
	if !x.trustsPeer() || !h.Has("x-forwarded-host") {
		h.Set("x-forwarded-host", x.Request.Host)
	}
	if !x.trustsPeer() {
		h.Del("forwarded")
	}
}

// hopByHop are the fields that are about one connection only (RFC 9110,
// section 7.6.1, and those that clients still send).
var hopByHop = []string{"connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "transfer-encoding", "upgrade"}

// removeHopByHop removes the fields that are about one connection, with those
// that Connection names. Framing of the body is the engine's business.
func removeHopByHop(h *message.Header, keepUpgrade bool) {
	for named := range h.Values("connection") {
		for name := range strings.SplitSeq(named, ",") {
			if name = strings.Trim(name, " \t"); name != "" && !message.EqualName(name, "connection") && !(keepUpgrade && message.EqualName(name, "upgrade")) {
				h.Del(name)
			}
		}
	}
	for _, name := range hopByHop {
		if !keepUpgrade || name != "connection" && name != "upgrade" {
			h.Del(name)
		}
	}
}

var _ plugin.Transport = (*exchange)(nil)
