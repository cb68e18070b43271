// SPDX-License-Identifier: Apache-2.0

package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// Pauses between tries. The longest pause that grows by itself is
// maxPause; a server may ask for one of maxRetryAfter.
const (
	firstPause    = 250 * time.Millisecond
	maxPause      = 10 * time.Second
	maxRetryAfter = 30 * time.Second
)

// maxAnswer bounds an answer's size, in bytes.
const maxAnswer = 256 << 20

// A request is one call of the API, to be sent once or more.
type request struct {
	method, path string // the path is escaped, with the query
	header       map[string]string
	body         []byte // nil for none
}

// A response is what the API answered with success.
type response struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request until it is answered. again reports that an earlier try
// may have been carried out although its answer did not arrive.
func (c *Client) do(ctx context.Context, r request) (_ response, again bool, err error) {
	for try := 0; ; try++ {
		answer, after, err := c.send(ctx, r)
		failure, failed := errors.AsType[*Error](err)
		if !failed || !failure.retriable() || try >= c.retries || ctx.Err() != nil {
			return answer, again, err
		}
		again = true
		if waitErr := c.sleep(ctx, pause(try, after)); waitErr != nil {
			return answer, again, err
		}
	}
}

// send sends a request once. after is how long the server asks to wait.
func (c *Client) send(ctx context.Context, r request) (_ response, after time.Duration, err error) {
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	request, err := http.NewRequestWithContext(ctx, r.method, c.endpoint.String()+r.path, body)
	if err != nil {
		return response{}, 0, fmt.Errorf("admin api: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Accept", "application/json")
	if r.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.userAgent != "" {
		request.Header.Set("User-Agent", c.userAgent)
	}
	for name, value := range r.header {
		request.Header.Set(name, value)
	}
	got, err := c.http.Do(request)
	if err != nil {
		return response{}, 0, c.unreachable(request, err)
	}
	defer got.Body.Close()
	data, err := io.ReadAll(io.LimitReader(got.Body, maxAnswer))
	if err != nil {
		return response{}, 0, c.unreachable(request, err)
	}
	if good := got.StatusCode/100 == 2 && (got.StatusCode == http.StatusNoContent || isJSON(got) && json.Valid(data)); !good {
		return response{}, retryAfter(got.Header.Get("Retry-After")), c.refusal(request, got, data)
	}
	return response{got.StatusCode, got.Header, data}, 0, nil
}

// pause is how long to wait after a failed try, counted from 0: a random
// part of a time that doubles, on top of what the server asks for, so that
// many clients do not come back all at once.
func pause(try int, after time.Duration) time.Duration {
	longest := maxPause
	if try < 10 {
		longest = min(maxPause, firstPause<<try)
	}
	return min(after, maxRetryAfter) + rand.N(longest+1)
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(value string) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
