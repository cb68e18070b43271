// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// A request that has been read to its end stays at its end, also when the
// response has begun.
func TestReadAfterTheEnd(t *testing.T) {
	again := make(chan error, 1)
	server := listen(t, engine.Options{HTTP2: true, Handler: handlerFunc(func(_ context.Context, r *message.Request, s message.Stream) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = s.Respond(&message.Response{Status: 200, ContentLength: -1, Body: io.NopCloser(strings.NewReader("ok"))})
		_, err := r.Body.Read(make([]byte, 1))
		again <- err
	})})
	for _, http2 := range []bool{false, true} {
		for name, body := range map[string]io.Reader{"length": strings.NewReader("x"), "chunked": io.MultiReader(strings.NewReader("x"))} {
			request, _ := http.NewRequestWithContext(timeout(t), "POST", url(server), body)
			response, err := client(t, http2).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if err := within(t, "the body is read again", again); !errors.Is(err, io.EOF) {
				t.Errorf("http2=%t, %s: got %v", http2, name, err)
			}
		}
	}
}

// once is a body that cannot be read again at its end.
type once struct{ ended bool }

func (o *once) Read(p []byte) (int, error) {
	if o.ended {
		return 0, errors.New("read after the end")
	}
	o.ended = true
	return copy(p, "xy"), io.EOF
}

// What has been sent to its end is not read again, and the connection is kept
// (S0-14).
func TestSourceIsReadOnce(t *testing.T) {
	for _, protocol := range []engine.Protocol{engine.HTTP, engine.H2C} {
		tr := transport(t, testkit.HTTP(t, nil, testkit.EchoHTTP), engine.TransportOptions{Protocol: protocol, MaxIdle: 10})
		for range 10 {
			request := &message.Request{Proto: message.HTTP11, Method: "POST", Host: "a.test", Path: "/", Body: io.NopCloser(&once{}), ContentLength: 2}
			response, err := roundTrip(timeout(t), tr, request)
			if got := drain(t, response, err); !strings.Contains(got, `"xy"`) {
				t.Errorf("%s: the target saw %s", protocol, got)
			}
		}
		if stats := tr.Stats(); stats.Dialled != 1 {
			t.Errorf("%s: %d connections", protocol, stats.Dialled)
		}
	}
}
