// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// grpcClient is a grpc-go client of a real grpc-go server behind the gateway.
func grpcClient(t testing.TB) (grpc_testing.TestServiceClient, *passthrough) {
	t.Helper()
	server, p := gateway(t, testkit.GRPC(t), engine.GRPC)
	conn, err := grpc.NewClient("passthrough:///"+server.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(testkit.MaxMessage), grpc.MaxCallSendMsgSize(testkit.MaxMessage)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return grpc_testing.NewTestServiceClient(conn), p
}

func body(size int) *grpc_testing.Payload { return &grpc_testing.Payload{Body: make([]byte, size)} }

func TestGRPCUnary(t *testing.T) {
	c, _ := grpcClient(t)
	if _, err := c.EmptyCall(timeout(t), &grpc_testing.Empty{}); err != nil {
		t.Fatal(err)
	}
	var header, trailer metadata.MD
	ctx := metadata.AppendToOutgoingContext(timeout(t), "x-echo", "kept")
	if _, err := c.UnaryCall(ctx, &grpc_testing.SimpleRequest{}, grpc.Header(&header), grpc.Trailer(&trailer)); err != nil {
		t.Fatal(err)
	}
	for name, md := range map[string]metadata.MD{"header": header, "trailer": trailer} {
		if got := md.Get("x-echo"); !slices.Equal(got, []string{"kept"}) {
			t.Errorf("metadata in the %s: %q", name, got)
		}
	}
	const size = 4 << 20
	large, err := c.UnaryCall(timeout(t), &grpc_testing.SimpleRequest{Payload: body(size), ResponseSize: size})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(large.GetPayload().GetBody()); n != size {
		t.Errorf("4 MiB message came with %d bytes", n)
	}
}

// An error without any message is sent as trailers only; a method nobody has
// is, too.
func TestGRPCTrailersOnly(t *testing.T) {
	c, _ := grpcClient(t)
	_, err := c.UnaryCall(timeout(t), &grpc_testing.SimpleRequest{ResponseStatus: &grpc_testing.EchoStatus{Code: int32(codes.FailedPrecondition), Message: "é: not yet"}})
	if s := status.Convert(err); s.Code() != codes.FailedPrecondition || s.Message() != "é: not yet" {
		t.Errorf("got %v", err)
	}
	_, err = c.UnimplementedCall(timeout(t), &grpc_testing.Empty{})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("got %v", err)
	}
	// Errors after messages are in real trailers.
	stream, err := c.StreamingOutputCall(timeout(t), &grpc_testing.StreamingOutputCallRequest{
		ResponseParameters: []*grpc_testing.ResponseParameters{{Size: 1}},
		ResponseStatus:     &grpc_testing.EchoStatus{Code: int32(codes.DataLoss), Message: "gone"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); status.Code(err) != codes.DataLoss {
		t.Errorf("got %v", err)
	}
}

func TestGRPCStreams(t *testing.T) {
	c, _ := grpcClient(t)
	t.Run("server", func(t *testing.T) {
		var sizes []*grpc_testing.ResponseParameters
		for i := range 50 {
			sizes = append(sizes, &grpc_testing.ResponseParameters{Size: int32(i * 4096)})
		}
		stream, err := c.StreamingOutputCall(timeout(t), &grpc_testing.StreamingOutputCallRequest{ResponseParameters: sizes})
		if err != nil {
			t.Fatal(err)
		}
		for i := range sizes {
			m, err := stream.Recv()
			if err != nil {
				t.Fatal(err)
			}
			if n := len(m.GetPayload().GetBody()); n != i*4096 {
				t.Errorf("message %d has %d bytes", i, n)
			}
		}
		if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
			t.Errorf("end: %v", err)
		}
	})
	t.Run("client", func(t *testing.T) {
		stream, err := c.StreamingInputCall(timeout(t))
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			if err := stream.Send(&grpc_testing.StreamingInputCallRequest{Payload: body(100_000)}); err != nil {
				t.Fatal(err)
			}
		}
		sum, err := stream.CloseAndRecv()
		if err != nil || sum.GetAggregatedPayloadSize() != 5_000_000 {
			t.Errorf("%v, %v", sum, err)
		}
	})
	t.Run("both ways in turns", func(t *testing.T) {
		stream, err := c.FullDuplexCall(timeout(t))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 100 { // every answer must come before the next question
			if err := stream.Send(ask(int32(i))); err != nil {
				t.Fatal(err)
			}
			m, err := stream.Recv()
			if err != nil {
				t.Fatal(err)
			}
			if n := len(m.GetPayload().GetBody()); n != i {
				t.Errorf("answer %d has %d bytes", i, n)
			}
		}
		if err := stream.CloseSend(); err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
			t.Errorf("end: %v", err)
		}
	})
	t.Run("both ways at once", func(t *testing.T) {
		stream, err := c.FullDuplexCall(timeout(t))
		if err != nil {
			t.Fatal(err)
		}
		sent := make(chan error, 1)
		go func() {
			for range 200 {
				m := ask(50_000)
				m.Payload = body(50_000)
				if err := stream.Send(m); err != nil {
					sent <- err
					return
				}
			}
			sent <- stream.CloseSend()
		}()
		for range 200 {
			if _, err := stream.Recv(); err != nil {
				t.Fatal(err)
			}
		}
		if err := within(t, "sending ends", sent); err != nil {
			t.Error(err)
		}
	})
}

func ask(size int32) *grpc_testing.StreamingOutputCallRequest {
	return &grpc_testing.StreamingOutputCallRequest{ResponseParameters: []*grpc_testing.ResponseParameters{{Size: size}}}
}

// The head of a stream reaches the client before any message does.
func TestGRPCHeaderFirst(t *testing.T) {
	c, _ := grpcClient(t)
	ctx, cancel := context.WithCancel(timeout(t))
	defer cancel()
	stream, err := c.StreamingOutputCall(ctx, &grpc_testing.StreamingOutputCallRequest{ResponseParameters: []*grpc_testing.ResponseParameters{
		{Size: 1}, {Size: 1, IntervalUs: int32(time.Hour / time.Microsecond / 10)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Header(); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
}

// Deadlines and cancellation reach the target at once, in both directions.
func TestGRPCCancel(t *testing.T) {
	c, p := grpcClient(t)
	idle := func() bool { return p.serving.Load() == 0 }

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.UnaryCall(ctx, &grpc_testing.SimpleRequest{ResponseSize: -1}); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("deadline: %v", err)
	}
	eventually(t, "the target's call ends with the deadline", idle)

	ctx, cancel = context.WithCancel(t.Context())
	stream, err := c.FullDuplexCall(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(ask(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := stream.Recv(); status.Code(err) != codes.Canceled {
		t.Errorf("client cancels: %v", err)
	}
	eventually(t, "the target's stream ends with the client's", idle)

	// The server ends the stream, before or after its first message, while the
	// client may still send but does not.
	for _, asks := range []int{0, 1} {
		stream, err = c.FullDuplexCall(timeout(t))
		if err != nil {
			t.Fatal(err)
		}
		for range asks {
			if err := stream.Send(ask(1)); err != nil {
				t.Fatal(err)
			}
			if _, err := stream.Recv(); err != nil {
				t.Fatal(err)
			}
		}
		serverAborts(t, stream)
		eventually(t, "the exchange ends with the server's status", idle)
	}
}

func serverAborts(t *testing.T, stream grpc_testing.TestService_FullDuplexCallClient) {
	t.Helper()
	if err := stream.Send(&grpc_testing.StreamingOutputCallRequest{ResponseStatus: &grpc_testing.EchoStatus{Code: int32(codes.Aborted)}}); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); status.Code(err) != codes.Aborted {
		t.Errorf("server aborts: %v", err)
	}
}
