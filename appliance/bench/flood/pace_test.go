// SPDX-License-Identifier: Apache-2.0

package flood

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/h2wire"
)

// watched is how long the slow attacks are watched, by a clock of their own.
const watched = 10*time.Second + time.Second/2

// against lets one attacker of a kind attack serve, for as long as watched.
func against(t *testing.T, kind string, i int, serve func(c net.Conn)) *flood {
	t.Helper()
	f := &flood{Spec: &Spec{Kind: kind, Connections: 4, Path: "/down/1000000"}}
	here, there := net.Pipe()
	ctx, cancel := context.WithTimeout(t.Context(), watched)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { here.Close() })
	defer stop()
	var served sync.WaitGroup
	served.Go(func() { serve(there) })
	begun := false
	_ = attacks[kind](ctx, f, here, i, func() { begun = true }) // it ends with its connection
	here.Close()
	there.Close()
	served.Wait()
	if !begun {
		t.Errorf("%s never says that it has begun", kind)
	}
	return f
}

// A slow head is never finished: it grows by a byte a second.
func TestSlowHeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []byte
		f := against(t, "slow-heads", 0, func(c net.Conn) { got, _ = io.ReadAll(c) })
		if len(got) != 11 || !strings.HasPrefix("GET /orders/17 HTTP/1.1\r\n", string(got)) || f.done.Load() != 10 {
			t.Errorf("in 10 s it sends %q and counts %d", got, f.done.Load())
		}
	})
}

// A slow reader asks for the large body and takes eight bytes a second of it.
func TestSlowReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		taken, path := 0, ""
		f := against(t, "slow-readers", 0, func(c net.Conn) {
			r, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil {
				t.Error(err)
				return
			}
			path = r.URL.Path
			taken, _ = c.Write(make([]byte, 1<<20)) // until it is cut off
		})
		if path != "/down/1000000" || taken != 8*11 || f.done.Load() != 1 {
			t.Errorf("it asks for %s and takes %d bytes in 10 s, %d requests", path, taken, f.done.Load())
		}
	})
}

// Slow streams open their streams and their windows by a few bytes a second;
// zero windows never. Both ask again for what was reset.
func TestHeldStreams(t *testing.T) {
	for kind, c := range map[string]struct {
		window  uint32
		updates int // of streams, in 10 s
	}{"slow-streams": {h2wire.DefaultWindow, 10 * streams}, "zero-windows": {0, 0}} {
		synctest.Test(t, func(t *testing.T) {
			var opened, updates int
			var window uint32
			f := against(t, kind, 0, func(conn net.Conn) {
				preface := make([]byte, len(h2wire.Preface))
				if _, err := io.ReadFull(conn, preface); err != nil {
					t.Error(err)
				}
				for {
					f, err := frame(conn)
					if err != nil {
						return
					}
					switch {
					case f.Type == h2wire.Settings:
						h2wire.EachSetting(f.Payload, func(id uint16, value uint32) {
							if id == h2wire.InitialWindowSize {
								window = value
							}
						})
					case f.Type == h2wire.Headers && f.Flags == h2wire.EndHeaders|h2wire.EndStream:
						if opened++; f.Stream != uint32(2*opened-1) {
							t.Errorf("request %d has stream %d", opened, f.Stream)
						}
						if opened <= 3 {
							reset := h2wire.Append(nil, h2wire.ResetStream, 0, f.Stream, []byte{0, 0, 0, 7})
							go func() { _, _ = conn.Write(reset) }() // read when the requests are out
						}
					case f.Type == h2wire.WindowUpdate && f.Stream != 0:
						if updates++; binary.BigEndian.Uint32(f.Payload) != 8 {
							t.Errorf("a window grows by %v", f.Payload)
						}
					}
				}
			})
			if window != c.window || opened != streams+3 || updates != c.updates || f.done.Load() != int64(opened) {
				t.Errorf("%s: window %d, %d requests, %d counted, %d updates of streams; want %d, %d, all, %d",
					kind, window, opened, f.done.Load(), updates, c.window, streams+3, c.updates)
			}
		})
	}
}

// Every second attacker with control frames reads the answers.
func TestControlReadsOrNot(t *testing.T) {
	for i, reads := range []bool{true, false, true, false} {
		synctest.Test(t, func(t *testing.T) {
			got := false
			against(t, "control", i, func(c net.Conn) {
				_, _ = frames(c, enough)
				_, err := c.Write(h2wire.Append(nil, h2wire.Settings, h2wire.Ack, 0, nil)) // waits for a reader
				got = err == nil
			})
			if got != reads {
				t.Errorf("attacker %d reads: %t", i, got)
			}
		})
	}
}

// Attackers on a black hole ask once and wait, half of the requests over each
// protocol.
func TestBlackHole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := ""
		f := against(t, "black-hole", 0, func(c net.Conn) {
			b, _ := io.ReadAll(c)
			asked = string(b)
		})
		if asked != "GET /down/1000000 HTTP/1.1\r\nHost: flood.example.com\r\n\r\n" || f.done.Load() != 1 {
			t.Errorf("over HTTP/1.1 it sends %q, %d requests", asked, f.done.Load())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		f := against(t, "black-hole", streams, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
		if f.done.Load() != streams {
			t.Errorf("over HTTP/2 it sends %d requests", f.done.Load())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		f := &flood{Spec: &Spec{Kind: "black-hole", Path: "/"}}
		here, there := net.Pipe()
		defer here.Close()
		go func() {
			_, _ = http.ReadRequest(bufio.NewReader(there))
			_, _ = there.Write([]byte("HTTP/1.1 504 Late\r\n\r\n"))
			there.Close()
		}()
		if err := blackHole(t.Context(), f, here, 0, func() {}); !errors.Is(err, errAnswered) {
			t.Errorf("an answer ends it with %v", err)
		}
	})
	if n := Waiting(2525); n != 5000 {
		t.Errorf("2,525 connections have %d requests", n)
	}
}

// Every kind of flood has a test.
func TestEveryKindIsTested(t *testing.T) {
	tested := []string{"reset", "continuation", "control", "slow-heads", "slow-readers", "slow-streams", "zero-windows", "black-hole", "http1", "grpc"}
	if len(attacks) != len(tested) {
		t.Errorf("%d kinds, %d tested", len(attacks), len(tested))
	}
	for _, kind := range tested {
		if _, ok := attacks[kind]; !ok {
			t.Errorf("there is no kind %s", kind)
		}
	}
}
