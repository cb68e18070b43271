// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// An Exchange is one request and its response, as plugins see them. It
// belongs to one goroutine and must not be kept after OnDone.
type Exchange struct {
	Request  *message.Request
	Response *message.Response // nil until there is one

	Route     *Route
	Params    []Param       // parameters of the route's path, in order
	Consumer  *api.Consumer // who calls, nil while nobody knows
	Client    netip.Addr    // the client's address, by the listener's trust
	Directory Directory

	Start    time.Time
	Target   string // host:port that was asked last, "" if none was
	Received int64  // bytes of the request's body that came
	Sent     int64  // bytes of the response's body that went out
	Err      error  // why the gateway answered itself or broke off, nil otherwise

	client context.Context    // ends when the client goes away
	timed  context.Context    // made from it with the deadline; nil until somebody asks
	cancel context.CancelFunc // of timed
	values []value
}

// Begin begins an exchange for a client whose context ends when it goes away.
func (x *Exchange) Begin(client context.Context, r *message.Request) {
	x.client, x.Request, x.Start = client, r, time.Now()
}

// ErrTimeout is why the context of an exchange has ended at its deadline.
var ErrTimeout = errors.New("the time for the exchange has passed")

// Context returns what ends when the client goes away, the exchange is over,
// or its deadline (Request.Deadline) has passed, then with the cause
// [ErrTimeout]. A plugin that waits for something gives it this.
func (x *Exchange) Context() context.Context {
	if x.Request.Deadline.IsZero() {
		return x.client
	}
	if x.timed == nil {
		x.timed, x.cancel = context.WithDeadlineCause(x.client, x.Request.Deadline, ErrTimeout)
	}
	return x.timed
}

// ClientContext returns what ends when the client goes away. Whoever keeps to
// Request.Deadline by other means saves a timer with it.
func (x *Exchange) ClientContext() context.Context { return x.client }

// A Route is what plugins know of the route that took the request.
type Route struct {
	ID       string
	Service  string // id, "" if it has none
	Upstream string // id
}

// A Param is a parameter of a route's path.
type Param struct{ Name, Value string }

// A Directory knows consumers and their credentials.
type Directory interface {
	// FindCredential returns whose credential has a fingerprint
	// (api.Fingerprint), or nil.
	FindCredential(fingerprint string) *api.Consumer
}

// A Key names a value that a plugin keeps with an exchange.
type Key[T any] struct{ name string }

type value struct {
	key any
	v   any
}

// NewKey returns a new key; every call returns a different one.
func NewKey[T any](name string) *Key[T] { return &Key[T]{name} }

// Set keeps the value with the exchange.
func (k *Key[T]) Set(x *Exchange, v T) {
	for i := range x.values {
		if x.values[i].key == any(k) {
			x.values[i].v = v
			return
		}
	}
	x.values = append(x.values, value{k, v})
}

// Get returns the value and whether there is one.
func (k *Key[T]) Get(x *Exchange) (T, bool) {
	for i := range x.values {
		if x.values[i].key == any(k) {
			v, _ := x.values[i].v.(T) // a T that is a nil interface has no type
			return v, true
		}
	}
	var zero T
	return zero, false
}

// Reset empties the exchange for its next use and keeps its memory.
func (x *Exchange) Reset() {
	if x.cancel != nil {
		x.cancel()
	}
	clear(x.values)
	clear(x.Params)
	*x = Exchange{values: x.values[:0], Params: x.Params[:0]}
}
