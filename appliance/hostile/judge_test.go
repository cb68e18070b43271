// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A judge reads a request that the upstream saw and fails the test unless it
// is exactly one, the one that the tables mean. unlike names the judges
// that need not agree, with the reason.
type judge func(t *testing.T, raw string, unlike map[string]string)

// A reading is what a parser makes of a request.
type reading struct {
	Method, Target, Host, Body string
}

// readingOf reads what the gateway wrote by its plainest meaning, which needs
// no parser: it is known to be well-formed by comparison with the table.
func readingOf(raw string) reading {
	head, _, _ := strings.Cut(raw, "\r\n\r\n")
	words := strings.Split(strings.SplitN(head, "\r\n", 2)[0], " ")
	r := reading{Method: words[0], Target: words[1]}
	for line := range strings.SplitSeq(head, "\r\n") {
		if name, value, _ := strings.Cut(line, ":"); strings.EqualFold(name, "host") {
			r.Host = strings.TrimSpace(value)
		}
	}
	_, body, _ := strings.Cut(raw, "\r\n\r\n")
	if content, _, ok := joinChunks(body); ok && strings.Contains(normal(raw), "\ntransfer-encoding: chunked") {
		body = content
	}
	r.Body = brief(body)
	return r
}

// brief stands for a body.
func brief(body string) string {
	if len(body) <= 64 {
		return body
	}
	return fmt.Sprintf("%s... of %d bytes", body[:64], len(body))
}

// readByNetHTTP is the judge that is Go's own parser.
func readByNetHTTP(t *testing.T, raw string, unlike map[string]string) {
	t.Helper()
	got, err := netHTTPReading(raw)
	if err != nil {
		if unlike["net/http"] == "" {
			t.Errorf("net/http: %v: %q", err, raw)
		}
		return
	}
	if want := readingOf(raw); got != want && unlike["net/http"] == "" {
		t.Errorf("net/http reads %+v, want %+v", got, want)
	}
}

func netHTTPReading(raw string) (reading, error) {
	reader := bufio.NewReader(strings.NewReader(raw))
	r, err := http.ReadRequest(reader)
	if err != nil {
		return reading{}, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return reading{}, fmt.Errorf("body: %w", err)
	}
	if _, err := reader.Peek(1); err != io.EOF {
		return reading{}, fmt.Errorf("there is more behind it (%w)", err)
	}
	return reading{r.Method, r.RequestURI, r.Host, brief(string(body))}, nil
}
