// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
)

// requestPhase runs the plugins until one answers. When one of them finds out
// who calls, the rest of the chain is that of the consumer.
func (x *exchange) requestPhase() {
	steps := x.chain.Request
	for i := 0; i < len(steps); i++ {
		step := steps[i]
		known := x.Consumer
		if err := x.guard(func() error { return step.Phase.OnRequest(&x.Exchange) }); err != nil {
			x.blame(step.Name, err, "the gateway could not process this request")
		}
		if x.Response != nil {
			return
		}
		if x.Consumer != nil && x.Consumer != known {
			x.chain = x.snapshot.ChainFor(x.route, x.Consumer)
			steps = x.chain.Request
			for i = 0; i < len(steps) && steps[i].Order <= step.Order; i++ {
			}
			i--
		}
	}
}

var errNoResponse = errors.New("no response was made")

// transportPhase asks a target through the plugins around it.
func (x *exchange) transportPhase() {
	err := x.guard(func() error { return x.chain.Wrap(x).RoundTrip(&x.Exchange) })
	if err == nil && x.Response == nil {
		err = errNoResponse
	}
	if err != nil {
		x.fail(err)
	}
}

// responsePhase runs the plugins on whatever the response is now. Nobody
// looks at a response that is not there or has become a tunnel. After a
// plugin's failure the others see the answer to it.
func (x *exchange) responsePhase() {
	for _, step := range x.chain.Response {
		if x.Response == nil || x.Response.Tunnel != nil {
			return
		}
		was := x.Response
		err := x.guard(func() error { return step.Phase.OnResponse(&x.Exchange) })
		if err == nil && x.Response == nil {
			x.Response, err = was, errNoResponse
		}
		if err != nil {
			x.blame(step.Name, err, "the gateway could not process this response")
		}
	}
}

// donePhase tells the plugins of the end.
func (x *exchange) donePhase() {
	for _, step := range x.chain.Done {
		if err := x.guard(func() error { step.Phase.OnDone(&x.Exchange); return nil }); err != nil {
			x.complain(step.Name, err)
		}
	}
}

// blame answers 500 for a plugin that failed.
func (x *exchange) blame(name string, err error, text string) {
	x.complain(name, err)
	x.Err = fmt.Errorf("plugin %s: %w", name, err)
	x.discardResponse()
	x.Answer(500, text)
}

func (x *exchange) complain(name string, err error) {
	attributes := []any{"plugin", name, "error", err}
	if x.route != nil {
		attributes = append(attributes, "route", x.route.Info.ID)
	}
	if p, ok := errors.AsType[*panicError](err); ok {
		attributes = append(attributes, "stack", p.stack)
	}
	x.proxy.log.Error("a plugin failed", attributes...)
}

// guard turns a panic into a panicError: one plugin's fault must not end other
// people's requests.
func (x *exchange) guard(call func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &panicError{r, strings.TrimSpace(string(debug.Stack()))}
		}
	}()
	return call()
}

type panicError struct {
	reason any
	stack  string
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.reason) }
