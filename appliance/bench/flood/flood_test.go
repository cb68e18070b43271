// SPDX-License-Identifier: Apache-2.0

package flood

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/h2wire"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// start makes a flood as the benchmark does; ask returns its Counts, the first
// time those of its beginning.
func start(t *testing.T, s Spec) (ask func() Counts) {
	t.Helper()
	document, err := json.Marshal(&s)
	if err != nil {
		t.Fatal(err)
	}
	in, asked := io.Pipe()
	told, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := Run(string(document), in, out)
		out.CloseWithError(io.ErrUnexpectedEOF)
		ended <- err
	}()
	t.Cleanup(func() {
		asked.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	lines, first := json.NewDecoder(told), true
	return func() (c Counts) {
		t.Helper()
		if !first {
			if _, err := asked.Write([]byte{1}); err != nil {
				t.Fatal(err)
			}
		}
		first = false
		if err := lines.Decode(&c); err != nil {
			t.Fatal(err)
		}
		return c
	}
}

// await asks until the counts are as they should become.
func await(t *testing.T, ask func() Counts, what string, as func(c Counts) bool) Counts {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) { // nothing tells when a flood has sent
		c := ask()
		if as(c) {
			return c
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %+v", what, c)
		}
	}
}

// listenTo serves every connection until the test ends, and returns the address.
func listenTo(t *testing.T, serve func(c net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() {
		l.Close()
		<-ended
	})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().String()
}

// enough is how many frames of an attack are looked at.
const enough = 400

// frames reads the preface and so many frames after the first SETTINGS.
func frames(c io.Reader, n int) ([]h2wire.Frame, error) {
	preface := make([]byte, len(h2wire.Preface))
	if _, err := io.ReadFull(c, preface); err != nil || string(preface) != h2wire.Preface {
		return nil, fmt.Errorf("the preface is %q, %w", preface, err)
	}
	var all []h2wire.Frame
	for len(all) < n+1 {
		f, err := frame(c)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	if all[0].Type != h2wire.Settings || all[0].Has(h2wire.Ack) {
		return nil, fmt.Errorf("the first frame is %v and no SETTINGS", all[0])
	}
	return all[1:], nil
}

// frame reads one.
func frame(c io.Reader) (h2wire.Frame, error) {
	head := make([]byte, h2wire.HeaderSize)
	if _, err := io.ReadFull(c, head); err != nil {
		return h2wire.Frame{}, err
	}
	payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
	if _, err := io.ReadFull(c, payload); err != nil {
		return h2wire.Frame{}, err
	}
	f, _, _ := h2wire.Next(slices.Concat(head, payload))
	return f, nil
}

// Every flood of frames sends what its name says, on as many connections as
// it was told.
func TestFloodsOfFrames(t *testing.T) {
	for _, c := range []struct {
		kind        string
		connections int
		judge       func(all []h2wire.Frame) (kind string, err error)
		kinds       []string // of the connections, sorted
	}{
		{"reset", 2, judgeReset, []string{"resets", "resets"}},
		{"continuation", 4, judgeContinuation, []string{"empty", "empty", "full", "full"}},
		{"control", 4, judgeControl, []string{"PING", "PING", "SETTINGS", "SETTINGS"}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			type verdict struct {
				kind string
				err  error
			}
			verdicts := make(chan verdict, 100)
			address := listenTo(t, func(conn net.Conn) {
				var v verdict
				all, err := frames(conn, enough)
				if v.err = err; err == nil {
					v.kind, v.err = c.judge(all)
				}
				verdicts <- v
				_, _ = io.Copy(io.Discard, conn) // until the flood is over
			})
			ask := start(t, Spec{Kind: c.kind, Address: address, HTTP2: address, Connections: c.connections})
			var kinds []string
			for range c.connections {
				v := <-verdicts
				if v.err != nil {
					t.Error(v.err)
				}
				kinds = append(kinds, v.kind)
			}
			if slices.Sort(kinds); !slices.Equal(kinds, c.kinds) {
				t.Errorf("connections of %q, want %q", kinds, c.kinds)
			}
			got := await(t, ask, "too little is counted", func(n Counts) bool { return n.Done >= enough })
			if got.Opened != int64(c.connections) || got.Cut != 0 {
				t.Errorf("%+v, want %d connections and none cut", got, c.connections)
			}
		})
	}
}

func judgeReset(all []h2wire.Frame) (string, error) {
	for i, f := range all {
		stream := uint32(i/2*2 + 1)
		switch {
		case f.Stream != stream:
			return "", fmt.Errorf("frame %d is for stream %d, want %d", i, f.Stream, stream)
		case i%2 == 0 && (f.Type != h2wire.Headers || f.Flags != h2wire.EndHeaders|h2wire.EndStream || !bytes.Equal(f.Payload, get("/orders/17"))):
			return "", fmt.Errorf("frame %d is no request: %v", i, f)
		case i%2 == 1 && (f.Type != h2wire.ResetStream || !bytes.Equal(f.Payload, []byte{0, 0, 0, 8})):
			return "", fmt.Errorf("frame %d is no RST_STREAM with CANCEL: %v", i, f)
		}
	}
	return "resets", nil
}

func judgeContinuation(all []h2wire.Frame) (string, error) {
	if f := all[0]; f.Type != h2wire.Headers || f.Has(h2wire.EndHeaders) || f.Stream != 1 {
		return "", fmt.Errorf("it begins with %v", f)
	}
	size := len(all[1].Payload)
	for i, f := range all[1:] {
		if f.Type != h2wire.Continuation || f.Flags != 0 || f.Stream != 1 || len(f.Payload) != size {
			return "", fmt.Errorf("frame %d is no CONTINUATION of %d bytes that goes on: %v", i, size, f)
		}
	}
	switch size {
	case 0:
		return "empty", nil
	case 1022: // six bytes before the value of 1,016
		return "full", nil
	}
	return "", fmt.Errorf("CONTINUATION of %d bytes", size)
}

func judgeControl(all []h2wire.Frame) (string, error) {
	for i, f := range all {
		if f.Flags != 0 || f.Stream != 0 || f.Type != all[0].Type {
			return "", fmt.Errorf("frame %d asks for no answer or is of another kind: %v", i, f)
		}
	}
	switch {
	case all[0].Type == h2wire.Settings:
		return "SETTINGS", nil
	case all[0].Type == h2wire.Ping && len(all[0].Payload) == 8:
		return "PING", nil
	}
	return "", fmt.Errorf("it sends %v", all[0])
}

// A connection that the proxy ends is counted as cut, and as calmed if the
// proxy said so; the attacker comes again.
func TestAttackersComeAgain(t *testing.T) {
	for code, calmed := range map[byte]bool{enhanceYourCalm: true, 1: false} {
		goAway := h2wire.Append(nil, h2wire.GoAway, 0, 0, []byte{0, 0, 0, 0, 0, 0, 0, code})
		address := listenTo(t, func(c net.Conn) {
			if _, err := frames(c, enough); err == nil {
				_, _ = c.Write(goAway)
				_ = c.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, c) // so that it arrives
			}
		})
		ask := start(t, Spec{Kind: "reset", Address: address, HTTP2: address, Connections: 2})
		got := await(t, ask, "attackers do not come again", func(n Counts) bool { return n.Cut >= 6 })
		if got.Opened < got.Cut || (got.Calmed == got.Cut) != calmed || (got.Calmed == 0) == calmed {
			t.Errorf("after GOAWAY %d: %+v", code, got)
		}
	}
}

// Ordinary requests and calls are answered, as fast as can be or at a rate.
func TestOrdinaryFloods(t *testing.T) {
	for _, kind := range []string{"http1", "grpc"} {
		for _, rate := range []int{0, 1000} {
			t.Run(fmt.Sprint(kind, rate), func(t *testing.T) {
				in, asked := io.Pipe()
				told, out := io.Pipe()
				ended := make(chan error, 1)
				go func() { ended <- target.Run(in, out) }()
				t.Cleanup(func() {
					asked.Close()
					if err := <-ended; err != nil {
						t.Error(err)
					}
				})
				lines := json.NewDecoder(told)
				var at target.Addresses
				if err := lines.Decode(&at); err != nil {
					t.Fatal(err)
				}
				ask := start(t, Spec{Kind: kind, Address: at.HTTP, HTTP2: at.GRPC, Connections: 3, Path: "/bench.Echo/Unary", Rate: rate})
				got := await(t, ask, "nothing is answered", func(n Counts) bool { return n.Done >= 500 })
				if got.Cut != 0 {
					t.Errorf("%+v, want no failures", got)
				}
				go func() { _, _ = asked.Write([]byte{1}) }()
				var seen target.Counts
				if err := lines.Decode(&seen); err != nil || seen.Connections < 3 {
					t.Errorf("the target has seen %+v, %v; want 3 connections", seen, err)
				}
			})
		}
	}
}

// Floods stay on this machine, and are of a kind that there is.
func TestRunRefuses(t *testing.T) {
	for document, want := range map[string]string{
		`{`: "unexpected end",
		`{"Kind":"tsunami","Address":"127.0.0.1:1","HTTP2":"127.0.0.1:1"}`: `no kind "tsunami"`,
		`{"Kind":"reset","Address":"127.0.0.1:1","HTTP2":"192.0.2.1:1"}`:   `"192.0.2.1:1" is no loopback address`,
		`{"Kind":"http1","Address":"192.0.2.1:1","HTTP2":"127.0.0.1:1"}`:   `"192.0.2.1:1" is no loopback address`,
		`{"Kind":"http1","Address":"localhost:1","HTTP2":"127.0.0.1:1"}`:   `"localhost:1" is no loopback address`,
		`{"Kind":"http1","Address":"127.0.0.1","HTTP2":"127.0.0.1:1"}`:     `"127.0.0.1" is no loopback address`,
	} {
		if err := Run(document, strings.NewReader(""), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", document, err, want)
		}
	}
}
