// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// upstreams are the two servers behind the gateway.
type upstreams struct {
	httpPort, grpcPort int
	finish             chan struct{} // closed to let the long request come to its end
	http               *http.Server
	grpc               *grpc.Server
}

func startUpstreams() (*upstreams, error) {
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	rpc, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	u := &upstreams{
		httpPort: web.Addr().(*net.TCPAddr).Port,
		grpcPort: rpc.Addr().(*net.TCPAddr).Port,
		finish:   make(chan struct{}),
		grpc:     grpc.NewServer(),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/test", echo)
	mux.HandleFunc("/test/ws", echoMessages)
	mux.HandleFunc("/test/long", u.long)
	u.http = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	u.grpc.RegisterService(&greeter, nil)
	go u.http.Serve(web) //nolint:errcheck // ends with close
	go u.grpc.Serve(rpc) //nolint:errcheck // ends with close
	return u, nil
}

func (u *upstreams) close() {
	_ = u.http.Close()
	u.grpc.Stop()
}

func echo(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%s %s for %s", r.Method, r.URL.Path, r.Header.Get("X-Forwarded-For"))
}

// long answers line by line until it may finish.
func (u *upstreams) long(w http.ResponseWriter, r *http.Request) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		_, _ = io.WriteString(w, "still here\n")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-tick.C:
		case <-u.finish:
			_, _ = io.WriteString(w, "the end\n")
			return
		case <-r.Context().Done():
			return
		}
	}
}

func echoMessages(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = c.CloseNow() }() // fails if the client has closed it
	for {
		kind, message, err := c.Read(r.Context())
		if err != nil || c.Write(r.Context(), kind, message) != nil {
			return
		}
	}
}

// greeter is helloworld.Greeter. Its messages have one string with the number
// 1, and so has the well-known StringValue: the bytes are the same.
var greeter = grpc.ServiceDesc{
	ServiceName: "helloworld.Greeter",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{
		MethodName: "SayHello",
		Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			var name wrapperspb.StringValue
			if err := decode(&name); err != nil {
				return nil, err
			}
			return wrapperspb.String("Hello " + name.Value), nil
		},
	}},
}
