// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// An answer is what a hostile target says to one request.
type answer struct {
	name  string
	law   string
	raw   string
	later string // sent when the client has all that it wants, on the idle connection
	ends  bool   // the target closes its side after raw
	flood bool   // it says raw again and again until nobody listens

	method string   // of the request, GET if not given
	want   []string // what the client may get: status, and "cut" or the body
}

// A speaker is a target that answers by the path of the request, "/name".
type speaker struct {
	listener net.Listener
	answers  map[string]*answer
	serving  sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]string // with the last path that was asked for on each
}

const good = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"

func speak(t *testing.T, answers []answer) *speaker {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &speaker{listener: listener, answers: make(map[string]*answer), conns: make(map[net.Conn]string)}
	for i := range answers {
		a := &answers[i]
		if s.answers[pathOf(a.name)] != nil {
			t.Errorf("two answers have the name %q", a.name)
		}
		s.answers[pathOf(a.name)] = a
	}
	s.serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[conn] = ""
			s.mu.Unlock()
			s.serving.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		s.mu.Lock()
		for conn := range s.conns {
			conn.Close()
		}
		s.mu.Unlock()
		s.serving.Wait()
	})
	return s
}

func pathOf(name string) string { return "/" + strings.ReplaceAll(name, " ", "-") }

func (s *speaker) serve(conn net.Conn) {
	defer func() {
		conn.Close()
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	}()
	reader := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[conn] = request.URL.Path
		s.mu.Unlock()
		a := s.answers[request.URL.Path]
		if a == nil {
			a = &answer{raw: good}
		}
		_, err = io.WriteString(conn, a.raw)
		for a.flood && err == nil {
			_, err = io.WriteString(conn, a.raw)
		}
		if err != nil || a.ends {
			return
		}
	}
}

// remark says something on the idle connection that carried a path last.
func (s *speaker) remark(path, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn, last := range s.conns {
		if last == path {
			_, _ = io.WriteString(conn, text)
		}
	}
}

// ask sends one request and returns what came: the status and the body, or
// "cut" in its place.
func ask(t *testing.T, client *http.Client, method, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		if strings.Contains(err.Error(), "Client.Timeout") {
			return "silence"
		}
		return "none"
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	status := response.Status[:3]
	switch {
	case err != nil && strings.Contains(err.Error(), "Client.Timeout"):
		return status + " and silence"
	case err != nil:
		return status + " cut"
	case response.StatusCode >= 500: // the gateway's own words
		return status
	}
	return strings.TrimSpace(status + " " + string(body))
}

// What no honest target answers becomes a 502 or breaks off, over HTTP/1.1 and
// HTTP/2 alike, and nothing of it is ever another request's answer (S2-03).
func TestAnswers(t *testing.T) {
	answers := hostileAnswers()
	b, s := startBench(t), speak(t, answers)
	b.put(t, "upstream", "speaker", targetOf(s.listener.Addr().(*net.TCPAddr).Port))
	b.put(t, "route", "speaker", object{"hosts": []string{"127.0.0.1"}, "paths": []string{"/*"}, "upstream": "speaker"})
	base := "http://" + b.addresses["main"]
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
		transport := &http.Transport{DisableCompression: true, Protocols: new(http.Protocols)}
		transport.Protocols.SetHTTP1(protocol == "HTTP/1.1")
		transport.Protocols.SetUnencryptedHTTP2(protocol == "HTTP/2")
		client := &http.Client{Transport: transport, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		defer client.CloseIdleConnections()
		for _, a := range answers {
			t.Run(a.name+" over "+protocol, func(t *testing.T) {
				method := a.method
				if method == "" {
					method = "GET"
				}
				got := ask(t, client, method, base+pathOf(a.name))
				if !slices.Contains(a.want, got) {
					t.Errorf("%s: the client got %.300q, want any of %q", a.law, got, a.want)
				}
				if a.later != "" {
					s.remark(pathOf(a.name), a.later)
				}
				for range 3 {
					if got := ask(t, client, "GET", base+"/good"); got != "200 good" {
						t.Fatalf("%s: the next request got %.300q", a.law, got)
					}
				}
			})
		}
	}
	b.alive(t)
}
