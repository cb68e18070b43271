// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"errors"
	"strconv"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// codeNames are the names of the statuses of gRPC, by their codes.
var codeNames = [...]string{
	"OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied", "ResourceExhausted",
	"FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss", "Unauthenticated",
}

const grpcUnknown = 2

// grpcCode returns the status that a call ended with for its client, and
// whether it is the target that said so.
func grpcCode(x *plugin.Exchange) (code int, isTargets bool) {
	r := x.Response
	if r == nil {
		return plugin.GRPCCancelled, false // nobody was left to be answered
	}
	said := r.Header.Get("grpc-status") // a response of trailers only
	if said == "" && r.Trailer != nil && x.Err == nil {
		said = r.Trailer.Get("grpc-status")
	}
	switch {
	case said != "":
		return readCode(said), x.Err == nil && x.Target != ""
	case x.Err != nil:
		return codeOfBreak(x), false
	case r.Status != 200:
		return codeOfHTTP(r.Status), false
	}
	return grpcUnknown, false // it ended without a status
}

// readCode reads a status; one that does not exist is unknown to clients, too.
func readCode(s string) int {
	code, err := strconv.ParseUint(s, 10, 8)
	if err != nil || code >= uint64(len(codeNames)) {
		return grpcUnknown
	}
	return int(code)
}

// codeOfBreak returns the status of a call whose response broke off.
func codeOfBreak(x *plugin.Exchange) int {
	deadline := x.Request.Deadline
	client, _ := errors.AsType[*message.ClientError](x.Err)
	switch {
	case !deadline.IsZero() && !time.Now().Before(deadline):
		return plugin.GRPCDeadlineExceeded
	case client != nil || x.ClientContext() != nil && x.ClientContext().Err() != nil:
		return plugin.GRPCCancelled
	}
	return plugin.GRPCInternal // what clients make of a reset
}

// codeOfHTTP returns what clients make of a response that is none of gRPC (the
// gRPC project's mapping of HTTP statuses).
func codeOfHTTP(status int) int {
	switch status {
	case 400:
		return plugin.GRPCInternal
	case 401:
		return plugin.GRPCUnauthenticated
	case 403:
		return plugin.GRPCPermissionDenied
	case 404:
		return plugin.GRPCUnimplemented
	case 429, 502, 503, 504:
		return plugin.GRPCUnavailable
	}
	return grpcUnknown
}
