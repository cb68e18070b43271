// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/coder/websocket"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func getHTTP1(ctx context.Context, address string) (string, error) {
	return get(ctx, &http.Transport{}, address, 1)
}

// getHTTP2 speaks HTTP/2 from the first byte, as gRPC clients do.
func getHTTP2(ctx context.Context, address string) (string, error) {
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	return get(ctx, transport, address, 2)
}

func get(ctx context.Context, transport *http.Transport, address string, version int) (string, error) {
	defer transport.CloseIdleConnections()
	response, err := request(ctx, transport, address, "/test")
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK || response.ProtoMajor != version {
		return "", fmt.Errorf("got %s %s: %s", response.Proto, response.Status, body)
	}
	return fmt.Sprintf("%s %s, x-release: %s, %q", response.Proto, response.Status, response.Header.Get("X-Release"), body), nil
}

func request(ctx context.Context, transport http.RoundTripper, address, path string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return nil, err
	}
	return transport.RoundTrip(r)
}

func sayHello(ctx context.Context, address string) (string, error) {
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }() // the call has ended
	var reply wrapperspb.StringValue
	if err := conn.Invoke(ctx, "/helloworld.Greeter/SayHello", wrapperspb.String("Penstock"), &reply); err != nil {
		return "", err
	}
	if reply.Value != "Hello Penstock" {
		return "", fmt.Errorf("the greeter said %q", reply.Value)
	}
	return fmt.Sprintf("OK, %q", reply.Value), nil
}

func echoWebSocket(ctx context.Context, address string) (string, error) {
	c, _, err := websocket.Dial(ctx, "ws://"+address+"/test/ws", nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.CloseNow() }() // fails if it is closed already
	const said = "through the gate"
	if err := c.Write(ctx, websocket.MessageText, []byte(said)); err != nil {
		return "", err
	}
	_, heard, err := c.Read(ctx)
	if err != nil {
		return "", err
	}
	if string(heard) != said {
		return "", fmt.Errorf("said %q, heard %q", said, heard)
	}
	return fmt.Sprintf("echo %q", heard), c.Close(websocket.StatusNormalClosure, "")
}

// changeInFlight applies a change while a response is on its way: the
// response must come to its end, and new requests must see the change.
func changeInFlight(ctx context.Context, tf *terraform, gw *gateway, up *upstreams) (string, error) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	long, err := request(ctx, transport, gw.traffic, "/test/long")
	if err != nil {
		return "", err
	}
	defer long.Body.Close()
	lines := bufio.NewScanner(long.Body)
	if !lines.Scan() {
		return "", fmt.Errorf("the long request did not begin: %w", lines.Err())
	}
	applied, err := tf.apply(ctx, "two")
	if err != nil {
		return "", err
	}
	now, err := getHTTP1(ctx, gw.traffic)
	if err != nil {
		return "", err
	}
	if !strings.Contains(now, "x-release: two") {
		return "", fmt.Errorf("a new request does not see the change: %s", now)
	}
	close(up.finish)
	count, last := 1, ""
	for lines.Scan() {
		count, last = count+1, lines.Text()
	}
	if lines.Err() != nil || last != "the end" {
		return "", fmt.Errorf("the long request was dropped after %d lines: %w", count, lines.Err())
	}
	return fmt.Sprintf("%s; a request of %d lines went on to its end, new ones see the change", applied, count), nil
}
