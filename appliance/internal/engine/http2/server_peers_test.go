// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// browser returns a client of net/http that speaks HTTP/2 only.
func browser(t testing.TB, secure bool) *http.Client {
	t.Helper()
	transport := &http.Transport{Protocols: new(http.Protocols), TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	if secure {
		transport.Protocols.SetHTTP2(true)
	} else {
		transport.Protocols.SetUnencryptedHTTP2(true)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 6 * patience}
}

func scheme(secure bool) string {
	if secure {
		return "https://"
	}
	return "http://"
}

// Many requests at a time, with bodies of all sizes in both directions and
// with trailers, in the clear and over TLS.
func TestNetHTTP(t *testing.T) {
	for _, secure := range []bool{false, true} {
		s := listen(t, session.Options{Handler: handle(echo)}, secure)
		client := browser(t, secure)
		var all sync.WaitGroup
		for i := range 60 {
			all.Go(func() {
				body := bytes.Repeat([]byte{byte(i)}, i*i*i*3)
				var source io.Reader = bytes.NewReader(body)
				if i%3 == 0 {
					source = iotest.OneByteReader(io.LimitReader(source, 2000))
					body = body[:min(len(body), 2000)]
				}
				r, err := http.NewRequest("POST", scheme(secure)+s.address, io.NopCloser(source))
				if err != nil {
					t.Error(err)
					return
				}
				r.Trailer = http.Header{"X-Sum": nil}
				r.Trailer.Set("X-Sum", fmt.Sprint(len(body)))
				response, err := client.Do(r)
				if err != nil {
					t.Errorf("%d: %v", i, err)
					return
				}
				defer response.Body.Close()
				got, err := io.ReadAll(response.Body)
				if err != nil || sha256.Sum256(got) != sha256.Sum256(body) || response.Trailer.Get("X-Sum") != fmt.Sprint(len(body)) {
					t.Errorf("%d: %d bytes, want %d; %v, trailers %v", i, len(got), len(body), err, response.Trailer)
				}
			})
		}
		all.Wait()
	}
}

// Large bodies go through all the windows, down and up.
func TestLargeBodies(t *testing.T) {
	const size = 20 << 20
	s := listen(t, session.Options{Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		n, err := int64(0), error(nil)
		if r.Body != nil {
			n, err = io.Copy(io.Discard, r.Body)
		}
		if err != nil {
			t.Error(err)
		}
		response := message.Response{Status: 200, ContentLength: -1, Body: io.NopCloser(io.LimitReader(zeros{}, size))}
		response.Header.Add("x-got", fmt.Sprint(n))
		if sent, err := s.Respond(&response); sent != size || err != nil {
			t.Errorf("sent %d, %v", sent, err)
		}
	})}, false)
	response, err := browser(t, false).Post("http://"+s.address, "", io.LimitReader(zeros{}, size))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if n, err := io.Copy(io.Discard, response.Body); n != size || err != nil || response.Header.Get("X-Got") != fmt.Sprint(size) {
		t.Errorf("got %d bytes, %v; the server got %s", n, err, response.Header.Get("X-Got"))
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// bytesCodec has gRPC send messages as they are.
type bytesCodec struct{}

func (bytesCodec) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }
func (bytesCodec) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = bytes.Clone(data)
	return nil
}
func (bytesCodec) Name() string { return "bytes" }

func dialGRPC(t testing.TB, s *listening) *grpc.ClientConn {
	t.Helper()
	c, err := grpc.NewClient("passthrough:///"+s.address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(bytesCodec{})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// calls serves unary and streaming calls that echo, and one that fails.
func calls(_ context.Context, r *message.Request, s message.Stream) {
	response := message.Response{Status: 200, ContentLength: -1}
	response.Header.Add("content-type", "application/grpc")
	if r.Path == "/s/fail" {
		response.ContentLength = 0
		response.Header.Add("grpc-status", "9")
		response.Header.Add("grpc-message", "not now")
	} else {
		response.Body, response.Trailer = r.Body, trailer("grpc-status", "0")
	}
	_, _ = s.Respond(&response)
}

// S1-37, S1-57: a gRPC client of its own makers is content.
func TestGRPC(t *testing.T) {
	s := listen(t, session.Options{Handler: handle(calls)}, false)
	client := dialGRPC(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			in, out := []byte(strings.Repeat("x", i*100)), []byte(nil)
			if err := client.Invoke(ctx, "/s/echo", &in, &out); err != nil || !bytes.Equal(in, out) {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	all.Wait()
	var in, out []byte
	if err := client.Invoke(ctx, "/s/fail", &in, &out); status.Code(err) != codes.FailedPrecondition || status.Convert(err).Message() != "not now" {
		t.Errorf("got %v", err)
	}
	stream, err := client.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/s/echo")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		in := binary.BigEndian.AppendUint32(nil, uint32(i))
		if err := stream.SendMsg(&in); err != nil {
			t.Fatal(err)
		}
		if err := stream.RecvMsg(&out); err != nil || !bytes.Equal(in, out) {
			t.Fatal(out, err)
		}
	}
	_ = stream.CloseSend()
	if err := stream.RecvMsg(&out); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// A call that the client cancels ends the handler's context at once.
func TestCancel(t *testing.T) {
	began, ended := make(chan struct{}), make(chan error, 1)
	s := listen(t, session.Options{Handler: handle(func(ctx context.Context, _ *message.Request, _ message.Stream) {
		close(began)
		<-ctx.Done()
		ended <- context.Cause(ctx)
	})}, false)
	client := dialGRPC(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-began
		cancel()
	}()
	var in, out []byte
	if err := client.Invoke(ctx, "/s/slow", &in, &out); status.Code(err) != codes.Canceled {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("no cause")
	}
}

// BenchmarkServerUnary is a gRPC call without a target.
func BenchmarkServerUnary(b *testing.B) {
	s := listen(b, session.Options{Handler: handle(calls)}, false)
	client := dialGRPC(b, s)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		in, out := []byte("message"), []byte(nil)
		for pb.Next() {
			if err := client.Invoke(context.Background(), "/s/echo", &in, &out); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
