// SPDX-License-Identifier: Apache-2.0

package health

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// maxBody is how much of a response's body is looked at, in bytes.
const maxBody = 64 << 10

// expectedStatuses are those of a healthy target if nothing is said.
const expectedStatuses api.StatusRange = "200-299"

// An httpProber sends a GET and looks at the response. It keeps its connection.
type httpProber struct {
	transport *engine.Transport
	request   message.Request // each probe sends a copy
	response  message.Response
	statuses  statuses
	expected  string // the statuses, as people call them
	body      []byte // text that must be in the body; nil: anything
	timeout   time.Duration
}

func newHTTPProber(address string, s Spec, dial dialer) *httpProber {
	protocol := engine.Protocol(s.Protocol)
	check := &s.Check
	p := &httpProber{
		transport: newTransport(address, protocol, s, dial),
		statuses:  statusesOf(check.ExpectedStatuses, expectedStatuses),
		expected:  spelled(check.ExpectedStatuses, expectedStatuses),
		body:      []byte(check.ExpectedBody),
		timeout:   check.Timeout.Std(),
	}
	p.request = message.Request{Proto: message.HTTP11, Method: "GET", Scheme: scheme(s.Protocol), Host: address, Path: "/"}
	if check.Path != "" {
		p.request.Path, p.request.Query, p.request.HasQuery = strings.Cut(string(check.Path), "?")
	}
	for _, name := range slices.Sorted(maps.Keys(check.Headers)) {
		p.request.Header.Add(strings.ToLower(name), check.Headers[name])
	}
	if check.Host != "" {
		p.request.Host = string(check.Host)
	}
	if !p.request.Header.Has("user-agent") {
		p.request.Header.Add("user-agent", userAgent)
	}
	return p
}

func scheme(protocol string) string {
	if secure(protocol) {
		return "https"
	}
	return "http"
}

func (p *httpProber) probe(ctx context.Context, deadline time.Time) error {
	request := p.request
	request.Header = request.Header.Clone()
	request.Deadline = deadline
	p.response.Reset()
	if err := p.transport.RoundTrip(ctx, &request, &p.response, nil); err != nil {
		return explain(err, p.timeout)
	}
	if p.response.Tunnel != nil {
		_ = p.response.Tunnel.Close()
	}
	found, err := true, error(nil)
	if body := p.response.Body; body != nil {
		found, err = contains(body, p.body)
		_ = body.Close()
	} else if len(p.body) > 0 {
		found = false
	}
	switch {
	case !p.statuses.has(p.response.Status):
		return fmt.Errorf("status %d, and %s is expected", p.response.Status, p.expected)
	case err != nil:
		return explain(err, p.timeout)
	case !found:
		return errors.New("the first 64 KiB of the response's body do not have the expected text")
	}
	return nil
}

func (p *httpProber) close() { p.transport.Close() }

// scans are memory to read bodies into.
var scans = sync.Pool{New: func() any { return new([4 << 10]byte) }}

// contains reads a body, to its end if that is within maxBody, so that its
// connection can be used again, and reports whether the text is in there.
// It is not told of an error behind the text.
func contains(body io.Reader, text []byte) (found bool, err error) {
	memory := scans.Get().(*[4 << 10]byte)
	defer scans.Put(memory)
	found = len(text) == 0
	kept := 0 // bytes at the beginning of memory that the text may begin in
	for total := 0; total < maxBody; {
		n, err := body.Read(memory[kept : kept+min(len(memory)-kept, maxBody-total)])
		total += n
		if !found {
			have := memory[:kept+n]
			found = bytes.Contains(have, text)
			tail := have[len(have)-min(len(have), len(text)-1):]
			kept = copy(memory[:], tail)
			if found {
				kept = 0
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return found, nil
		case err != nil && found && len(text) > 0:
			return true, nil
		case err != nil:
			return found, err
		}
	}
	return found, nil
}
