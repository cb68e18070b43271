// SPDX-License-Identifier: Apache-2.0

package testkit

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// MaxMessage is the size of the largest gRPC message that the target of
// [GRPC] takes, in bytes.
const MaxMessage = 8 << 20

// GRPC starts a target that serves grpc.testing.TestService until the test
// ends and returns its address.
func GRPC(t testing.TB, options ...grpc.ServerOption) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(append([]grpc.ServerOption{grpc.MaxRecvMsgSize(MaxMessage), grpc.MaxSendMsgSize(MaxMessage)}, options...)...)
	grpc_testing.RegisterTestServiceServer(server, testService{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // ends with Stop
	}()
	t.Cleanup(func() {
		server.Stop()
		<-ended
	})
	return listener.Addr().String()
}

// testService echoes. It sends metadata "x-echo" back in header and trailer,
// fails as response_status says.
type testService struct {
	grpc_testing.UnimplementedTestServiceServer
}

func (testService) EmptyCall(context.Context, *grpc_testing.Empty) (*grpc_testing.Empty, error) {
	return &grpc_testing.Empty{}, nil
}

func (testService) UnaryCall(ctx context.Context, r *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
	if values := metadata.ValueFromIncomingContext(ctx, "x-echo"); len(values) > 0 {
		_ = grpc.SetHeader(ctx, metadata.Pairs("x-echo", values[0]))  // fails once the head is sent
		_ = grpc.SetTrailer(ctx, metadata.Pairs("x-echo", values[0])) // likewise
	}
	if err := wanted(r.GetResponseStatus()); err != nil {
		return nil, err
	}
	if r.GetResponseSize() < 0 { // wait for the client to give up
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return &grpc_testing.SimpleResponse{Payload: payload(int(r.GetResponseSize()))}, nil
}

func (testService) StreamingOutputCall(r *grpc_testing.StreamingOutputCallRequest, stream grpc.ServerStreamingServer[grpc_testing.StreamingOutputCallResponse]) error {
	for _, p := range r.GetResponseParameters() {
		if err := send(stream, p); err != nil {
			return err
		}
	}
	return wanted(r.GetResponseStatus())
}

func (testService) StreamingInputCall(stream grpc.ClientStreamingServer[grpc_testing.StreamingInputCallRequest, grpc_testing.StreamingInputCallResponse]) error {
	var sum int32
	for {
		r, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(&grpc_testing.StreamingInputCallResponse{AggregatedPayloadSize: sum})
		}
		if err != nil {
			return err
		}
		sum += int32(len(r.GetPayload().GetBody()))
	}
}

func (testService) FullDuplexCall(stream grpc.BidiStreamingServer[grpc_testing.StreamingOutputCallRequest, grpc_testing.StreamingOutputCallResponse]) error {
	for {
		r, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := wanted(r.GetResponseStatus()); err != nil {
			return err
		}
		for _, p := range r.GetResponseParameters() {
			if err := send(stream, p); err != nil {
				return err
			}
		}
	}
}

type sender interface {
	Context() context.Context
	Send(*grpc_testing.StreamingOutputCallResponse) error
}

func send(stream sender, p *grpc_testing.ResponseParameters) error {
	if wait := time.Duration(p.GetIntervalUs()) * time.Microsecond; wait > 0 {
		select {
		case <-time.After(wait):
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
	return stream.Send(&grpc_testing.StreamingOutputCallResponse{Payload: payload(int(p.GetSize()))})
}

func payload(size int) *grpc_testing.Payload {
	return &grpc_testing.Payload{Body: make([]byte, size)}
}

func wanted(s *grpc_testing.EchoStatus) error {
	if s.GetCode() == 0 {
		return nil
	}
	return status.Error(codes.Code(s.GetCode()), s.GetMessage())
}
