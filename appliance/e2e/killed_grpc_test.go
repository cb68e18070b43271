// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop/grpc_testing"
	grpcstatus "google.golang.org/grpc/status"
)

// A graveyard is a listener whose connections can be killed.
type graveyard struct {
	net.Listener
	mu    sync.Mutex
	conns []*net.TCPConn
}

func listenGraveyard(t *testing.T) *graveyard {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	return &graveyard{Listener: listener}
}

// Accept implements net.Listener.
func (g *graveyard) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conns = append(g.conns, c.(*net.TCPConn))
	return c, nil
}

// killAll ends all connections there are.
func (g *graveyard) killAll(hard bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns {
		kill(c, hard)
	}
	g.conns = nil
}

// A gRPC target that dies in the middle of calls: UNAVAILABLE, at once.
func TestKilledInACall(t *testing.T) {
	for death, hard := range deaths {
		for _, answered := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, message before %v", death, answered), func(t *testing.T) {
				yard, entered := listenGraveyard(t), make(chan struct{}, 10)
				server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
					if err := stream.RecvMsg(&grpc_testing.Empty{}); err != nil {
						return err
					}
					if answered {
						if err := stream.SendMsg(&grpc_testing.StreamingOutputCallResponse{}); err != nil {
							return err
						}
					}
					entered <- struct{}{}
					<-stream.Context().Done()
					return stream.Context().Err()
				}))
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					_ = server.Serve(yard) // ends with Stop
				}()
				defer func() {
					server.Stop()
					<-ended
				}()
				_, address := startWeb(t, upstream(yard.Addr().String(), "grpc"))
				conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDisableRetry())
				must(t, err)
				defer conn.Close()
				service := grpc_testing.NewTestServiceClient(conn)
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				var calls sync.WaitGroup
				errs := make([]error, 4)
				for i := range errs {
					calls.Go(func() {
						if !answered && i%2 == 0 {
							_, errs[i] = service.EmptyCall(ctx, &grpc_testing.Empty{})
							return
						}
						stream, err := service.StreamingOutputCall(ctx, &grpc_testing.StreamingOutputCallRequest{})
						for err == nil {
							_, err = stream.Recv()
						}
						errs[i] = err
					})
				}
				for range errs {
					<-entered
				}
				yard.killAll(hard)
				calls.Wait()
				for i, err := range errs {
					if grpcstatus.Code(err) != codes.Unavailable {
						t.Errorf("call %d: %v, want UNAVAILABLE", i, err)
					}
				}
			})
		}
	}
}

// A gRPC server that stops gracefully finishes what it has; what comes later
// finds nobody, and is told so at once.
func TestStoppedGracefullyInACall(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	entered, finish := make(chan struct{}, 2), make(chan struct{})
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		if err := stream.RecvMsg(&grpc_testing.Empty{}); err != nil {
			return err
		}
		entered <- struct{}{}
		<-finish
		return stream.SendMsg(&grpc_testing.Empty{})
	}))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // ends with GracefulStop
	}()
	_, address := startWeb(t, upstream(listener.Addr().String(), "grpc"))
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDisableRetry())
	must(t, err)
	defer conn.Close()
	service := grpc_testing.NewTestServiceClient(conn)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	call := func() <-chan error {
		result := make(chan error, 1)
		go func() {
			_, err := service.EmptyCall(ctx, &grpc_testing.Empty{})
			result <- err
		}()
		return result
	}
	first := call()
	<-entered
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		server.GracefulStop()
	}()
	second := call() // which may still find the connection open
	close(finish)
	if err := <-first; err != nil {
		t.Errorf("the call that was being served: %v", err)
	}
	if err := <-second; err != nil && grpcstatus.Code(err) != codes.Unavailable {
		t.Errorf("a call to a server that stops: %v, want an answer or UNAVAILABLE", err)
	}
	within(t, "the end of the server", stopped)
	<-ended
	if err := <-call(); grpcstatus.Code(err) != codes.Unavailable {
		t.Errorf("a call to no server: %v, want UNAVAILABLE", err)
	}
}

// The same for other requests over HTTP/2: those that the target may have
// begun to serve are not sent to it again unless they are safe.
func TestKilledHTTP2Target(t *testing.T) {
	for death, hard := range deaths {
		yard, entered := listenGraveyard(t), make(chan struct{}, 1)
		var mu sync.Mutex
		seen := make(map[string]int)
		server := &http.Server{Protocols: new(http.Protocols), Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // the end of it is not of interest
			mu.Lock()
			seen[r.Header.Get("X-Id")]++
			first := seen[r.Header.Get("X-Id")] == 1
			mu.Unlock()
			if r.URL.Path == "/die" && first {
				entered <- struct{}{}
				<-r.Context().Done()
			}
		})}
		server.Protocols.SetUnencryptedHTTP2(true)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = server.Serve(yard) // ends with Close
		}()
		t.Cleanup(func() {
			server.Close()
			<-ended
		})
		_, address := startWeb(t, upstream(yard.Addr().String(), "h2c"))
		for client, c := range clients(t) {
			for _, method := range []string{"GET", "POST"} {
				t.Run(strings.Join([]string{death, client, method}, " "), func(t *testing.T) {
					if f := ask(t, c, "GET", "http://"+address+"/warm", "warm", nil); f.status != 200 {
						t.Fatalf("a first request: %+v", f)
					}
					killed := make(chan struct{})
					go func() {
						defer close(killed)
						<-entered
						yard.killAll(hard)
					}()
					f := ask(t, c, method, "http://"+address+"/die", t.Name(), strings.NewReader(strings.Repeat("b", len(method)-3)))
					within(t, "the death of the target", killed)
					mu.Lock()
					n := seen[t.Name()]
					mu.Unlock()
					switch {
					case method == "POST" && (f.status != 502 || n != 1):
						t.Errorf("got %+v, and the target saw it %d times; want 502, once", f, n)
					case method == "GET" && (f.status != 200 && f.status != 502 || n > 2):
						t.Errorf("got %+v, and the target saw it %d times; want 200 or 502, at most twice", f, n)
					}
					if f := ask(t, c, "POST", "http://"+address+"/after", t.Name()+" after", nil); f.status != 200 {
						t.Errorf("afterwards: %+v", f)
					}
				})
			}
		}
	}
}
