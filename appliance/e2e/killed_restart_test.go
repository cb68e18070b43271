// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A relay is a listening socket that is handed from one server to the next,
// as a socket-activated service's is: no connection is refused meanwhile.
type relay struct {
	net.Listener
	mu     sync.Mutex
	server *inbox
}

// An inbox is the relay's listener for one server.
type inbox struct {
	address net.Addr
	conns   chan net.Conn
	closed  chan struct{}
	once    sync.Once
	mu      sync.Mutex
	all     []*net.TCPConn
	fresh   map[net.Conn]bool // those that have answered nothing
}

// state implements http.Server.ConnState.
func (i *inbox) state(c net.Conn, state http.ConnState) {
	if state == http.StateIdle || state == http.StateClosed {
		i.mu.Lock()
		defer i.mu.Unlock()
		delete(i.fresh, c)
	}
}

// settled reports whether every connection has answered something.
func (i *inbox) settled() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.fresh) == 0
}

func (i *inbox) Accept() (net.Conn, error) {
	select {
	case c := <-i.conns:
		return c, nil
	case <-i.closed:
		return nil, net.ErrClosed
	}
}

func (i *inbox) Close() error {
	i.once.Do(func() { close(i.closed) })
	return nil
}

// killAll ends what was accepted for the server.
func (i *inbox) killAll() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, c := range i.all {
		kill(c, true)
	}
}

func (i *inbox) Addr() net.Addr { return i.address }

// run hands out connections until the listener is closed.
func (r *relay) run() {
	for {
		c, err := r.Accept()
		if err != nil {
			return
		}
		for delivered := false; !delivered; {
			r.mu.Lock()
			i := r.server
			i.mu.Lock()
			i.all = append(i.all, c.(*net.TCPConn))
			i.fresh[c] = true
			i.mu.Unlock()
			select {
			case i.conns <- c:
				delivered = true
			case <-i.closed: // the next one is there already
			}
			r.mu.Unlock()
		}
	}
}

// start lets a new server have the connections from now on, and returns the
// inbox of the one before and how to end the new one.
func (r *relay) start(protocols *http.Protocols, handler http.HandlerFunc) (server *http.Server, old *inbox, ended chan struct{}) {
	next := &inbox{address: r.Listener.Addr(), conns: make(chan net.Conn), closed: make(chan struct{}), fresh: make(map[net.Conn]bool)}
	server, ended = &http.Server{Handler: handler, Protocols: protocols, ConnState: next.state}, make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(next) // ends with Close
	}()
	r.mu.Lock()
	defer r.mu.Unlock()
	old, r.server = r.server, next
	return server, old, ended
}

// A target is restarted again and again under load. After a graceful end no
// safe request has failed; after a hard one only such as were in flight when it
// came. A POST may get 502, but is never served twice: net/http ends unused
// connections without GOAWAY, so that a POST may go into one that has ended and
// does not show it yet, and nobody can tell whether it was served. It also drops
// the first request of a connection if it is shutting down when it has read it:
// with HTTP/1.1, shutting down waits until all connections have answered one.
func TestKilledTargetRestarts(t *testing.T) {
	const restarts, enough = 10, 40
	for _, protocol := range []string{"http", "h2c"} {
		for _, hard := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, hard %v", protocol, hard), func(t *testing.T) {
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				must(t, err)
				var (
					r       = &relay{Listener: listener}
					spoken  = new(http.Protocols)
					posts   sync.Map
					ends    atomic.Int64 // odd while a server is being ended
					asking  sync.WaitGroup
					serving sync.WaitGroup
					answers atomic.Int64
					failed  = make(chan string, 1)
					stop    = make(chan struct{})
				)
				spoken.SetHTTP1(protocol == "http")
				spoken.SetUnencryptedHTTP2(protocol == "h2c")
				handler := func(w http.ResponseWriter, r *http.Request) {
					id := r.Header.Get("X-Id")
					if _, again := posts.LoadOrStore(id, true); again && r.Method == "POST" {
						select {
						case failed <- id + " was served twice":
						default:
						}
					}
					fmt.Fprint(w, id)
				}
				server, _, ended := r.start(spoken, handler)
				serving.Go(r.run)
				_, address := startWeb(t, upstream(listener.Addr().String(), protocol))
				client := clients(t)["HTTP/1.1"]
				for k := range 8 {
					asking.Go(func() {
						for i := 0; ; i++ {
							select {
							case <-stop:
								return
							default:
							}
							method := "GET"
							if k == 0 {
								method = "POST"
							}
							id, before := fmt.Sprintf("%s %d of client %d", method, i, k), ends.Load()
							f := ask(t, client, method, "http://"+address+"/", id, nil)
							answers.Add(1)
							inFlight := before%2 == 1 || ends.Load() != before
							mayFail := hard && inFlight || method == "POST" && f.status == 502
							if (f.err != nil || f.status != 200 || f.body != id) && !mayFail {
								select {
								case failed <- fmt.Sprintf("%s: %+v", id, f):
								default:
								}
							}
						}
					})
				}
				for range restarts {
					for until, deadline := answers.Load()+enough, time.Now().Add(patience); answers.Load() < until; time.Sleep(time.Millisecond) {
						if time.Now().After(deadline) {
							t.Fatal("no traffic")
						}
					}
					next, old, nextEnded := r.start(spoken, handler)
					for !hard && protocol == "http" && !old.settled() {
						time.Sleep(time.Millisecond)
					}
					ends.Add(1)
					if hard {
						server.Close()
						old.killAll()
					} else {
						ctx, cancel := context.WithTimeout(t.Context(), patience)
						must(t, server.Shutdown(ctx))
						cancel()
					}
					ends.Add(1)
					<-ended
					server, ended = next, nextEnded
				}
				close(stop)
				asking.Wait()
				listener.Close()
				serving.Wait()
				server.Close()
				<-ended
				t.Logf("%d answers", answers.Load())
				select {
				case f := <-failed:
					t.Error(f)
				default:
				}
			})
		}
	}
}
