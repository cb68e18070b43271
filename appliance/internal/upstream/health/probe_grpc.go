// SPDX-License-Identifier: Apache-2.0

package health

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// healthMethod is what a gRPC check calls. It is defined in grpc.health.v1.
const healthMethod = "/grpc.health.v1.Health/Check"

// maxReply is how long the reply to a gRPC check may be, in bytes. Those that
// are right have 7.
const maxReply = 4 << 10

// Statuses of gRPC that a check tells from others.
const (
	grpcOK            = "0"
	grpcNotFound      = "5"
	grpcUnimplemented = "12"
)

var grpcNames = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
	"FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

// A grpcProber calls the method of the gRPC health checking protocol. It
// keeps its connection.
type grpcProber struct {
	transport *engine.Transport
	request   message.Request // each probe sends a copy
	response  message.Response
	question  []byte // the call's message with its prefix
	service   string
	timeout   time.Duration
}

func newGRPCProber(address string, s Spec, dial dialer) *grpcProber {
	protocol := engine.GRPC
	if secure(s.Protocol) {
		protocol = engine.GRPCS
	}
	p := &grpcProber{
		transport: newTransport(address, protocol, s, dial),
		question:  framed(healthRequest(s.Check.Service)),
		service:   s.Check.Service,
		timeout:   s.Check.Timeout.Std(),
	}
	p.request = message.Request{Proto: message.HTTP2, Method: "POST", Scheme: scheme(s.Protocol), Host: address, Path: healthMethod}
	if s.Check.Host != "" {
		p.request.Host = string(s.Check.Host)
	}
	p.request.Header = message.MakeHeader([]message.Field{
		{Name: "te", Value: "trailers"},
		{Name: "content-type", Value: "application/grpc"},
		{Name: "user-agent", Value: userAgent},
		{Name: "grpc-timeout", Value: strconv.FormatInt(max(1, p.timeout.Milliseconds()), 10) + "m"}, // at most 10 minutes: 6 digits
	})
	return p
}

// healthRequest encodes a HealthCheckRequest.
func healthRequest(service string) []byte {
	if service == "" {
		return nil
	}
	return protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), service)
}

// framed returns a message with its prefix (gRPC over HTTP/2,
// Length-Prefixed-Message).
func framed(m []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(m))), m...)
}

func (p *grpcProber) probe(ctx context.Context, deadline time.Time) error {
	request := p.request
	request.Header = request.Header.Clone()
	request.Deadline = deadline
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(p.question)), int64(len(p.question))
	p.response.Reset()
	if err := p.transport.RoundTrip(ctx, &request, &p.response, nil); err != nil {
		return explain(err, p.timeout)
	}
	reply, err := p.read()
	switch {
	case err != nil:
		return err
	case p.response.Status != 200:
		return fmt.Errorf("HTTP status %d, and a gRPC server answers 200", p.response.Status)
	}
	if err := p.status(); err != nil {
		return err
	}
	return serving(reply)
}

func (p *grpcProber) close() { p.transport.Close() }

// read returns the body of the response.
func (p *grpcProber) read() ([]byte, error) {
	body := p.response.Body
	if body == nil {
		return nil, nil
	}
	defer body.Close()
	reply, err := io.ReadAll(io.LimitReader(body, maxReply+1))
	if err != nil {
		return nil, explain(err, p.timeout)
	}
	if len(reply) > maxReply {
		return nil, errors.New("the reply is too long for one of the health checking protocol")
	}
	return reply, nil
}

// status says what the call's status means, unless it is OK. It is in the
// trailers, or in the head if there is no reply.
func (p *grpcProber) status() error {
	from := &p.response.Header
	if t := p.response.Trailer; t != nil && t.Has("grpc-status") {
		from = t
	}
	said := ""
	if text := from.Get("grpc-message"); text != "" {
		if plain, err := url.PathUnescape(text); err == nil {
			text = plain
		}
		said = fmt.Sprintf(": %.200q", text)
	}
	switch code := from.Get("grpc-status"); code {
	case grpcOK:
		return nil
	case "":
		return errors.New("the response has no grpc-status: the target is no gRPC server")
	case grpcUnimplemented:
		return errors.New("gRPC status 12 (UNIMPLEMENTED): the target does not serve grpc.health.v1.Health" + said)
	case grpcNotFound:
		return fmt.Errorf("gRPC status 5 (NOT_FOUND): the target does not know the service %q%s", p.service, said)
	default:
		if i, err := strconv.Atoi(code); err == nil && 0 <= i && i < len(grpcNames) {
			code += " (" + grpcNames[i] + ")"
		}
		return fmt.Errorf("gRPC status %.30s%s", code, said)
	}
}

// serving reads a HealthCheckResponse with its prefix. Its error is nil if
// that says SERVING.
func serving(reply []byte) error {
	if len(reply) < 5 || uint64(binary.BigEndian.Uint32(reply[1:5])) != uint64(len(reply)-5) {
		return errors.New("the reply is not one message of gRPC")
	}
	if reply[0] != 0 {
		return errors.New("the reply is compressed, which was not asked for")
	}
	status := int32(0)
	for rest := reply[5:]; len(rest) > 0; {
		number, kind, n := protowire.ConsumeTag(rest)
		if n < 0 {
			return errNoReply
		}
		rest = rest[n:]
		if number == 1 && kind == protowire.VarintType {
			var value uint64
			value, n = protowire.ConsumeVarint(rest)
			status = int32(value) // as protobuf reads an enum
		} else {
			n = protowire.ConsumeFieldValue(number, kind, rest)
		}
		if n < 0 {
			return errNoReply
		}
		rest = rest[n:]
	}
	const isServing = 1
	names := [...]string{"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"}
	switch {
	case status == isServing:
		return nil
	case 0 <= status && int(status) < len(names):
		return fmt.Errorf("the target says %s", names[status])
	}
	return fmt.Errorf("the target says %d, which the health checking protocol does not know", status)
}

var errNoReply = errors.New("the reply is not a grpc.health.v1.HealthCheckResponse")
