// SPDX-License-Identifier: Apache-2.0

package retry

import (
	"errors"
	"strconv"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A Verdict says what is to be done after a try.
type Verdict uint8

// The verdicts.
const (
	Keep   Verdict = iota // what came is the client's
	Again                 // send the request again, after a while
	AtOnce                // send it again; the target has not seen it
)

// AfterError judges a try that failed. whole says that the request's body can be
// sent from its start, although some of it has been read.
func (p *Policy) AfterError(r *message.Request, err error, whole bool) Verdict {
	failed, ok := errors.AsType[*message.TransportError](err)
	switch {
	case !ok:
		return Keep
	case !p.configured && failed.MayRetry:
		return AtOnce
	case !p.configured || !whole && !failed.MayRetry:
		return Keep
	case unseen(r, failed):
		if p.connect || p.asked(failed) {
			return AtOnce
		}
	case p.asked(failed) && p.safe(r):
		return Again
	}
	return Keep
}

// unseen reports whether the target has certainly not acted on the request. A
// try that may be repeated although its connection had been used before may have
// been seen if its method is idempotent: see [message.TransportError.Retryable].
func unseen(r *message.Request, failed *message.TransportError) bool {
	switch failed.Phase {
	case message.PhaseConnect, message.PhaseTLS:
		return true
	case message.PhaseWrite, message.PhaseHead, message.PhaseTimeout:
		return failed.MayRetry && (!failed.Reused || !idempotent(r.Method))
	}
	return false
}

// asked reports whether the settings name the failure.
func (p *Policy) asked(failed *message.TransportError) bool {
	switch failed.Phase {
	case message.PhaseTimeout:
		return p.timeout
	case message.PhaseWrite, message.PhaseHead:
		if failed.Timeout() {
			return p.timeout
		}
		return p.reset
	}
	return false
}

// AfterResponse judges a response. whole is as in AfterError.
func (p *Policy) AfterResponse(r *message.Request, response *message.Response, whole bool) Verdict {
	if !p.unwanted(response) || !whole || !p.safe(r) {
		return Keep
	}
	return Again
}

// unwanted reports whether the settings name the response's status: that of HTTP,
// or that of a gRPC call which was answered with nothing else.
func (p *Policy) unwanted(response *message.Response) bool {
	if p.unwantedStatus(response.Status) {
		return true
	}
	if p.grpc == 0 || response.Body != nil && response.ContentLength != 0 {
		return false
	}
	code, err := strconv.ParseUint(response.Header.Get("grpc-status"), 10, 5)
	return err == nil && p.grpc>>code&1 == 1
}

// unwantedStatus reports whether the settings name a status of HTTP.
func (p *Policy) unwantedStatus(s int) bool {
	return s >= 0 && s < len(p.statuses)*64 && p.statuses[s/64]>>(s%64)&1 == 1
}

// safe reports whether the request may be sent again though the target may have
// acted on it.
func (p *Policy) safe(r *message.Request) bool {
	return p.unsafe || idempotent(r.Method) && !r.IsGRPC()
}

// idempotent methods may be sent again (RFC 9110, section 9.2.2).
func idempotent(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		return true
	}
	return false
}
