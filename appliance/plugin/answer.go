// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Answer gives the gateway's own answer, in the form that the client
// understands: a gRPC call gets a gRPC status, anything else a small JSON
// document with the message. In OnRequest it ends the request phase; header
// fields may be added to x.Response afterwards. It closes the body of the
// response whose place it takes, if there is one.
func (x *Exchange) Answer(status int, text string) {
	if x.Request.IsGRPC() {
		x.AnswerGRPC(GRPCCode(status), text)
		return
	}
	body, _ := json.Marshal(struct { // strings always encode
		Message string `json:"message"`
	}{text})
	body = append(body, '\n')
	x.discard()
	x.Response = &message.Response{
		Status:        status,
		Header:        message.MakeHeader([]message.Field{{Name: "content-type", Value: "application/json"}, {Name: "content-length", Value: strconv.Itoa(len(body))}}),
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
	}
}

// AnswerGRPC gives a response that consists of trailers only. Its content type
// is that of the call: a client of application/grpc+json takes no other.
func (x *Exchange) AnswerGRPC(code int, text string) {
	media := "application/grpc"
	if x.Request.IsGRPC() {
		media = x.Request.Header.Get("content-type")
	}
	x.discard()
	x.Response = &message.Response{
		Status: 200,
		Header: message.MakeHeader([]message.Field{
			{Name: "content-type", Value: media},
			{Name: "grpc-status", Value: strconv.Itoa(code)},
			{Name: "grpc-message", Value: encodeGRPCMessage(text)},
		}),
	}
}

// discard closes a response that another one replaces.
func (x *Exchange) discard() {
	if x.Response != nil && x.Response.Body != nil {
		_ = x.Response.Body.Close() // nothing of it is wanted
	}
}

// Codes of gRPC (google.rpc.Code) that the gateway itself answers with.
const (
	GRPCCancelled         = 1
	GRPCInvalidArgument   = 3
	GRPCDeadlineExceeded  = 4
	GRPCPermissionDenied  = 7
	GRPCResourceExhausted = 8
	GRPCUnimplemented     = 12
	GRPCInternal          = 13
	GRPCUnavailable       = 14
	GRPCUnauthenticated   = 16
)

// GRPCCode returns the gRPC code for an answer of the gateway itself. It is
// that of the gRPC project's mapping of HTTP statuses, but where the gateway,
// which knows why it answers, can say more: a limit is RESOURCE_EXHAUSTED and
// a timeout DEADLINE_EXCEEDED, both UNAVAILABLE or UNKNOWN there.
func GRPCCode(status int) int {
	switch status {
	case 401:
		return GRPCUnauthenticated
	case 403:
		return GRPCPermissionDenied
	case 404, 405, 501:
		return GRPCUnimplemented
	case 413, 414, 429, 431:
		return GRPCResourceExhausted
	case 499:
		return GRPCCancelled
	case 502, 503:
		return GRPCUnavailable
	case 408, 504:
		return GRPCDeadlineExceeded
	}
	if status > 400 && status < 500 {
		return GRPCInvalidArgument
	}
	return GRPCInternal
}

// encodeGRPCMessage percent-encodes as the gRPC protocol over HTTP/2 asks.
func encodeGRPCMessage(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
