// SPDX-License-Identifier: Apache-2.0

package plugin

// A RequestPhase acts on the request before it goes to the upstream. Plugins
// run in the catalogue's order; one that calls x.Answer ends the phase. An
// error is answered as 500 and logged.
type RequestPhase interface {
	OnRequest(x *Exchange) error
}

// A ResponsePhase acts on the response's head before it goes to the client, in
// reverse order, on the gateway's own answers too. To change a body, it wraps
// x.Response.Body and sets x.Response.ContentLength to -1. An error is
// answered as 500 and logged.
type ResponsePhase interface {
	OnResponse(x *Exchange) error
}

// A Transport asks the upstream and sets x.Response.
type Transport interface {
	RoundTrip(x *Exchange) error
}

// A TransportPhase stands around the call of the upstream; the first plugin
// of the order is the outermost.
type TransportPhase interface {
	Wrap(next Transport) Transport
}

// A DonePhase learns of the end of an exchange, after the last byte, whatever
// the end was. It must not block.
type DonePhase interface {
	OnDone(x *Exchange)
}
