// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A case1 is what a client of HTTP/1.1 sends, and what comes of it.
type case1 struct {
	name string
	law  string // what says so
	send string // "host" stands for a Host field, see request
	then string // sent when the first answer has come
	fin  bool   // the client ends its side after that

	// want is what the client gets: the statuses in their order, and then
	// "open" if the connection is good for another request, or "close". Several
	// such, with " | " between them, are all right. "cut" is a body that breaks off.
	want string
	seen []string // requests that the upstream saw, see spelled
	cut  bool     // the upstream may have seen the beginning of one more

	method   string            // of the request, where the reader must know it
	listener string            // that is spoken to; "main" if not given
	unlike   map[string]string // judges that need not agree, and why
}

// testHTTP1 runs cases of HTTP/1.1.
func testHTTP1(t *testing.T, b *bench, cases []case1) {
	names := make(map[string]bool)
	for _, c := range cases {
		if names[c.name] {
			t.Errorf("two cases have the name %q", c.name)
		}
		names[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			b.recorder.begin()
			if got := c.play(t, b); !slices.Contains(strings.Split(c.want, " | "), got) {
				t.Errorf("%s: the client got %.300q, want %q", c.law, got, c.want)
			}
			b.judgeSights(t, c.seen, c.cut, c.unlike)
		})
	}
}

// play sends what the case says and returns what came back.
func (c case1) play(t *testing.T, b *bench) string {
	t.Helper()
	listener := c.listener
	if listener == "" {
		listener = "main"
	}
	conn := b.dial(t, listener)
	defer conn.Close()
	sent := make(chan struct{})
	defer func() { conn.Close(); <-sent }()
	go func() {
		defer close(sent)
		_, _ = io.WriteString(conn, c.send)
		if c.fin && c.then == "" {
			_ = conn.(*net.TCPConn).CloseWrite()
		}
	}()
	most := 0
	mayStay := false
	for alternative := range strings.SplitSeq(c.want, " | ") {
		most = max(most, strings.Count(alternative, " "))
		mayStay = mayStay || strings.HasSuffix(alternative, "open")
	}
	reader := bufio.NewReader(conn)
	var got []string
	for i := 0; i < most; i++ {
		response, err := http.ReadResponse(reader, &http.Request{Method: c.method})
		if err != nil {
			return strings.Join(append(got, ended(err)), " ")
		}
		_, err = io.Copy(io.Discard, response.Body)
		if response.StatusCode == 100 {
			i-- // which may come or not
		} else {
			got = append(got, strconv.Itoa(response.StatusCode))
		}
		if err != nil && response.StatusCode >= 400 && response.ContentLength < 0 {
			return strings.Join(append(got, ended(err)), " ") // it has been told, however rudely
		} else if err != nil {
			return strings.Join(append(got, "cut"), " ")
		}
		mayStay = mayStay && !response.Close
		if then := c.then; then != "" {
			c.then = ""
			_, _ = io.WriteString(conn, then)
			if c.fin {
				_ = conn.(*net.TCPConn).CloseWrite()
			}
		}
	}
	if !mayStay {
		_, _ = io.WriteString(conn, probe) // a connection that stays open says so at once
		_, err := reader.ReadByte()
		return strings.Join(append(got, ended(err)), " ")
	}
	_, _ = io.WriteString(conn, probe)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		return strings.Join(append(got, ended(err)), " ")
	}
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != 200 || string(body) != "seen" {
		return strings.Join(append(got, "open and then", response.Status), " ")
	}
	return strings.Join(append(got, "open"), " ")
}

// ended says how a connection ended.
func ended(err error) string {
	switch {
	case err == nil:
		return "more"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "silence"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(err.Error(), "reset"):
		return "close"
	}
	return err.Error()
}

// request returns a request of HTTP/1.1 to a.test.
func request(line string, fields ...string) string {
	return head(append([]string{line, "Host: a.test"}, fields...)...)
}

// head returns lines as a head.
func head(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n\r\n" }
