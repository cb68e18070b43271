// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"maps"
	"math"
	"net"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/interop"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/orca"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/emptypb"
)

// startInteropServer starts gRPC's own interoperability server and returns its
// address. The project's program around it listens on every address of the
// machine; this one only on the loopback.
func startInteropServer(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	load := orca.NewServerMetricsRecorder()
	server := grpc.NewServer(orca.CallMetricsServerOption(nil))
	grpc_testing.RegisterTestServiceServer(server, interop.NewTestServer(interop.NewTestServerOptions{MetricsRecorder: load}))
	server.RegisterService(&loadReports, load.(orca.ServerMetricsProvider))
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// reportInterval is between two reports of load; the project's own service
// makes none more often than every 30 seconds, which is as long as the case
// that waits for them.
const reportInterval = 100 * time.Millisecond

// loadReports is xds.service.orca.v3.OpenRcaService. Its messages are written
// by hand, into the unknown fields of an empty one.
var loadReports = grpc.ServiceDesc{
	ServiceName: "xds.service.orca.v3.OpenRcaService",
	HandlerType: (*orca.ServerMetricsProvider)(nil),
	Streams: []grpc.StreamDesc{{
		StreamName:    "StreamCoreMetrics",
		ServerStreams: true,
		Handler: func(service any, stream grpc.ServerStream) error {
			if err := stream.RecvMsg(&emptypb.Empty{}); err != nil {
				return err
			}
			ticks := time.NewTicker(reportInterval)
			defer ticks.Stop()
			for {
				report := &emptypb.Empty{}
				report.ProtoReflect().SetUnknown(loadReport(service.(orca.ServerMetricsProvider).ServerMetrics()))
				if err := stream.SendMsg(report); err != nil {
					return err
				}
				select {
				case <-ticks.C:
				case <-stream.Context().Done():
					return nil
				}
			}
		},
	}},
}

// loadReport writes a message OrcaLoadReport.
func loadReport(load *orca.ServerMetrics) []byte {
	double := func(b []byte, number protowire.Number, v float64) []byte {
		return protowire.AppendFixed64(protowire.AppendTag(b, number, protowire.Fixed64Type), math.Float64bits(v))
	}
	var b []byte
	for number, v := range map[protowire.Number]float64{1: load.CPUUtilization, 2: load.MemUtilization} {
		if v >= 0 { // less is unset
			b = double(b, number, v)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(load.Utilization)) {
		entry := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), name)
		b = protowire.AppendBytes(protowire.AppendTag(b, 5, protowire.BytesType), double(entry, 2, load.Utilization[name]))
	}
	return b
}
