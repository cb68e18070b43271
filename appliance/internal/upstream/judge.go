// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"errors"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A judge tells from exchanges how their targets do.
type judge struct {
	watches  bool             // somebody wants to know
	latency  bool             // how long responses take, too
	most     int64            // connections to a target in use at a time; 0: no limit
	detector *health.Detector // nil: nobody is ejected
}

// observe takes in how a target has answered.
func (j *judge) observe(t *Target, request *message.Request, response *message.Response, err error, took time.Duration) {
	if err != nil && !blames(err) {
		return
	}
	if err == nil && j.latency {
		t.load.Took(took)
	}
	if t.record == nil {
		return
	}
	failed := err != nil
	if !failed {
		grpc := ""
		if request.IsGRPC() {
			grpc = response.Header.Get("grpc-status")
		}
		failed = j.detector.Failed(response.Status, grpc)
	}
	t.record.Report(failed, took)
}

// blames reports whether an error is the target's fault.
func blames(err error) bool {
	failed, ok := errors.AsType[*message.TransportError](err)
	if !ok {
		return false
	}
	switch failed.Phase {
	case message.PhaseConnect, message.PhaseTLS, message.PhaseWrite, message.PhaseHead, message.PhaseTimeout, message.PhaseResponse:
		return true
	case message.PhaseCanceled: // by whoever had no more patience with the target
		return failed.Timeout()
	}
	return false
}
