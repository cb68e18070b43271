// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/life"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

func never() sock.Instant { return 0 }

// A large body goes to another socket inside the kernel: what is buffered
// first, and not a byte of what follows it.
func TestSpliceDown(t *testing.T) {
	large := strings.Repeat("0123456789", 500_000)
	for name, test := range map[string]struct {
		says   string
		ends   bool
		left   int64
		fails  bool
		reused bool
	}{
		"length":        {says: fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(large), large), left: int64(len(large)), reused: true},
		"and more":      {says: fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%sevil", len(large), large), left: int64(len(large))},
		"until the end": {says: "HTTP/1.1 200 OK\r\n\r\n" + large, ends: true, left: -1},
		"truncated":     {says: fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(large)+1, large), ends: true, left: int64(len(large)) + 1, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := to(t, play(t, func(p *peer) {
				p.head()
				if p.n == 0 {
					p.say(test.says)
					if test.ends {
						return
					}
					p.head()
				}
				p.say(next)
				p.gone()
			}).address, client.Options{})
			response, err := r.do(t.Context(), request("GET", "/"))
			if err != nil {
				t.Fatal(err)
			}
			source, ok := response.Body.(sock.Source)
			if !ok || source.Left() != test.left {
				t.Fatalf("source %t", ok)
			}
			ours, theirs := sockets(t)
			got := make(chan string)
			go func() {
				all, _ := io.ReadAll(theirs)
				got <- string(all)
			}()
			moved, read, write := source.SpliceTo(ours, never)
			ours.Close()
			if got := <-got; got != large || moved != int64(len(large)) || write != nil {
				t.Errorf("%d of %d bytes, moved %d, %v", len(got), len(large), moved, write)
			}
			if test.fails {
				if failed := failure(t, read); failed.Phase != message.PhaseResponse || !errors.Is(read, io.ErrUnexpectedEOF) {
					t.Error(read)
				}
			} else if read != nil {
				t.Error(read)
			}
			if n, err := source.Read(make([]byte, 1)); n != 0 || source.Left() != 0 || !test.fails && !errors.Is(err, io.EOF) {
				t.Errorf("after the end: %d, %v, left %d", n, err, source.Left())
			}
			response.Body.Close()
			if got := r.get(t, request("POST", "/")); got != "next" {
				t.Errorf("then %q", got)
			}
			if reused := r.dialled.Load() == 1; reused != test.reused {
				t.Errorf("reused %t", reused)
			}
		})
	}
}

// A splice that waits for the target ends as a read does.
func TestSpliceEnds(t *testing.T) {
	const short = 20 * time.Millisecond
	why := errors.New("the client has gone")
	line := new(life.Line)
	began := time.Now()
	line.Init(func() error {
		if time.Since(began) > short {
			return why
		}
		return nil
	})
	for name, test := range map[string]struct {
		options  client.Options
		deadline time.Duration
		ctx      context.Context
		phase    message.Phase
		timeout  bool
	}{
		"stalled":  {client.Options{StallTimeout: short}, 0, context.Background(), message.PhaseResponse, true},
		"longer":   {client.Options{StallTimeout: 250 * time.Millisecond}, 0, context.Background(), message.PhaseResponse, true},
		"deadline": {client.Options{}, short, context.Background(), message.PhaseResponse, true},
		"canceled": {client.Options{}, 0, line, message.PhaseCanceled, false},
	} {
		t.Run(name, func(t *testing.T) {
			gone := make(chan struct{}, 1)
			r := to(t, play(t, silent(gone)).address, test.options)
			q := request("GET", "/body")
			if test.deadline > 0 {
				q.Deadline = time.Now().Add(test.deadline)
			}
			response, err := r.do(test.ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			ours, theirs := sockets(t)
			_, read, write := response.Body.(sock.Source).SpliceTo(ours, never)
			if failed := failure(t, read); failed.Phase != test.phase || failed.Timeout() != test.timeout || write != nil {
				t.Errorf("%v, %v", read, write)
			}
			early := make([]byte, 5)
			if _, err := io.ReadFull(theirs, early); err != nil || string(early) != "hello" {
				t.Errorf("%q, %v", early, err)
			}
			response.Body.Close()
			within(t, "the target sees it", gone)
		})
	}
}

// The client's side fails: that is no fault of the target's.
func TestSpliceToNobody(t *testing.T) {
	gone := make(chan struct{}, 1)
	r := to(t, play(t, silent(gone)).address, client.Options{})
	response, err := r.do(t.Context(), request("GET", "/body"))
	if err != nil {
		t.Fatal(err)
	}
	ours, _ := sockets(t)
	ours.Close()
	if _, read, write := response.Body.(sock.Source).SpliceTo(ours, never); read != nil || write == nil {
		t.Errorf("%v, %v", read, write)
	}
	response.Body.Close()
	within(t, "the target sees it", gone)
}

// What is in chunks, or small and read already, is no matter for the kernel.
func TestNothingToSplice(t *testing.T) {
	r := to(t, play(t, func(p *peer) {
		p.head()
		p.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
		p.gone()
	}).address, client.Options{})
	response, err := r.do(t.Context(), request("GET", "/"))
	if err != nil {
		t.Fatal(err)
	}
	source := response.Body.(sock.Source)
	if moved, read, write := source.SpliceTo(nil, never); source.Left() != 0 || moved != 0 || read != nil || write != nil {
		t.Errorf("left %d, moved %d, %v, %v", source.Left(), moved, read, write)
	}
	if body, err := drain(response); body != "hello" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
}
