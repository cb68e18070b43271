// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// unreachable explains why there was no answer.
func (c *Client) unreachable(r *http.Request, err error) *Error {
	e := c.errorFor(r)
	e.cause = err
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		e.Message = fmt.Sprintf("gave up on the Admin API at %s: %s", e.Endpoint, innermost(err))
		return e
	}
	e.Message = fmt.Sprintf("cannot reach the Admin API at %s: %s; %s", e.Endpoint, innermost(err), advice(err))
	return e
}

// advice says what to check.
func advice(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "give the authority that signed the server's certificate as CA certificate"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "check that the endpoint's host is one that the server's certificate is for, and that the certificate has not expired"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return "the server does not speak TLS; should the endpoint begin with http://?"
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
		return "check the endpoint's host name"
	}
	return "check that a node runs there, that host and port are those of its Admin API, and that no firewall is in between"
}

// innermost drops what wrapping says again: method, URL, addresses.
func innermost(err error) error {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return e
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err
}

// refusal explains an answer that is a failure, or none of the Admin API.
func (c *Client) refusal(r *http.Request, response *http.Response, body []byte) *Error {
	e := c.errorFor(r)
	e.Status = response.StatusCode
	var said api.ErrorBody
	if isJSON(response) && json.Unmarshal(body, &said) == nil && said.Code != "" {
		e.Code, e.Message, e.Problems = said.Code, said.Message, said.Problems
		return e
	}
	if location := response.Header.Get("Location"); location != "" && response.StatusCode/100 == 3 {
		e.Message = fmt.Sprintf("%s is not the Admin API: it redirects to %q", e.Endpoint, clip(location))
		return e
	}
	e.Message = fmt.Sprintf("%s did not answer as the Admin API does, with JSON, but with %q (%s); is a proxy in between, or the port another one?",
		e.Endpoint, excerpt(body), http.StatusText(response.StatusCode))
	return e
}

func (c *Client) errorFor(r *http.Request) *Error {
	return &Error{Endpoint: c.endpoint.String(), Method: r.Method, Path: r.URL.EscapedPath()}
}

func isJSON(response *http.Response) bool {
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return media == "application/json"
}

// excerpt is the beginning of a body in one line, without HTML's tags.
func excerpt(body []byte) string {
	var text strings.Builder
	inTag := false
	for _, r := range string(body[:min(len(body), 4096)]) {
		switch {
		case r == '<':
			inTag = true
		case r == '>' && inTag:
			inTag = false
			text.WriteByte(' ')
		case !inTag:
			text.WriteRune(r)
		}
	}
	return clip(strings.Join(strings.Fields(text.String()), " "))
}

func clip(s string) string {
	if len(s) > 120 {
		return strings.ToValidUTF8(s[:117], "") + "..."
	}
	return s
}

// retriable reports whether the same request may fare better a little later.
func (e *Error) retriable() bool {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return true
	case 0:
	default:
		return false
	}
	return broken(e.cause)
}

// broken reports whether a connection could not be made, or was lost.
func broken(err error) bool {
	for _, transient := range []error{syscall.ECONNRESET, syscall.EPIPE, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, transient) {
			return true
		}
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return e.IsTemporary
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return !e.Timeout() // refused, or no way there just now
	}
	// net/http has no values for these.
	return err != nil && (strings.Contains(err.Error(), "server closed idle connection") || strings.Contains(err.Error(), "client connection lost"))
}
