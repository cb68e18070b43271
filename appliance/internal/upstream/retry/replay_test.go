// SPDX-License-Identifier: Apache-2.0

package retry_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/retry"
)

// A source is a request's body whose Read waits, and ends by Close.
type source struct {
	io.Reader
	feed   *io.PipeWriter
	pipe   *io.PipeReader
	closed bool
}

func newSource() *source {
	r, w := io.Pipe()
	return &source{Reader: r, feed: w, pipe: r}
}

func (s *source) Close() error {
	s.closed = true
	return s.pipe.Close()
}

// Bodies below, at and above the limit, read in all ways: the first try sees
// them as they are, and the next one too if all was kept.
func TestReplay(t *testing.T) {
	const limit = 40_000
	for _, length := range []int{0, 1, 100, 16 << 10, 16<<10 + 1, limit - 1, limit, limit + 1, 3 * limit} {
		content := make([]byte, length)
		for i := range content {
			content[i] = byte(rand.Uint32())
		}
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"plain": func(r io.Reader) io.Reader { return r }, "half": iotest.HalfReader, "with EOF": iotest.DataErrReader,
		} {
			for _, inline := range []bool{true, false} {
				r := retry.NewReplay(io.NopCloser(wrap(bytes.NewReader(content))), limit, inline)
				first, err := io.ReadAll(r.Body())
				if err != nil || !bytes.Equal(first, content) {
					t.Fatalf("%d %s: first try: %d bytes, %v", length, name, len(first), err)
				}
				if whole := r.Whole(); whole != (length <= limit) {
					t.Errorf("%d %s: whole %t", length, name, whole)
				}
				second, err := io.ReadAll(r.Body())
				if length <= limit && (err != nil || !bytes.Equal(second, content)) {
					t.Errorf("%d %s: second try: %d bytes, %v", length, name, len(second), err)
				}
				if length > limit && (err == nil || len(second) > 0) {
					t.Errorf("%d %s: second try gave %d bytes of a body whose beginning is lost", length, name, len(second))
				}
				r.Close()
				if r.Whole() {
					t.Errorf("%d %s: whole after its end", length, name)
				}
				if _, err := r.Body().Read(make([]byte, 1)); err == nil && length > 0 {
					t.Errorf("%d %s: read after its end", length, name)
				}
			}
		}
	}
}

// A try that ends early, in the middle of what has come, takes nothing from the
// next one; and neither does one that is in a Read of it.
func TestReplayInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		r := retry.NewReplay(s, 1000, false)
		first := r.Body()
		go func() { _, _ = io.WriteString(s.feed, "hello ") }()
		p := make([]byte, 3)
		if n, err := io.ReadFull(first, p); n != 3 || err != nil { // nobody waits for the whole
			t.Fatal(n, err)
		}
		var ended sync.WaitGroup
		ended.Go(func() {
			rest, err := io.ReadAll(first)
			if string(rest) != "lo " || err == nil {
				t.Errorf("the first try read %q, %v", rest, err)
			}
		})
		synctest.Wait() // it waits for more
		_ = first.Close()
		ended.Wait() // though nothing has come
		if s.closed || !r.Whole() {
			t.Error("the source has been closed")
		}
		second := r.Body()
		go func() {
			_, _ = io.WriteString(s.feed, "world")
			_ = s.feed.Close()
		}()
		all, err := io.ReadAll(second)
		if string(all) != "hello world" || err != nil {
			t.Errorf("the second try read %q, %v", all, err)
		}
		if n, err := first.Read(p); n != 0 || err == nil {
			t.Errorf("the first one read %d bytes, %v", n, err)
		}
		r.Close()
		if s.closed {
			t.Error("the source has been closed though nobody reads it")
		}
	})
}

// The end of an exchange ends a Read that is under way; so does that of a try
// that reads what is not kept.
func TestReplayEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, limit := range []int64{100, 4} {
			s := newSource()
			r := retry.NewReplay(s, limit, false)
			b := r.Body()
			go func() { _, _ = io.WriteString(s.feed, "12345") }()
			if _, err := io.ReadFull(b, make([]byte, 5)); err != nil {
				t.Fatal(err)
			}
			var ended sync.WaitGroup
			ended.Go(func() {
				if _, err := b.Read(make([]byte, 1)); err == nil {
					t.Error("read what has not come")
				}
			})
			synctest.Wait()
			_ = b.Close()
			if limit == 4 && (!s.closed || r.Whole()) {
				t.Errorf("limit %d: closed %t, whole %t", limit, s.closed, r.Whole())
			}
			r.Close()
			r.Close()
			ended.Wait()
			if !s.closed {
				t.Errorf("limit %d: the source is still read", limit)
			}
		}
	})
}

// An error of the source is every try's, and none is worth while.
func TestReplayOfWhatBreaksOff(t *testing.T) {
	broken := errors.New("broken")
	r := retry.NewReplay(io.NopCloser(io.MultiReader(strings.NewReader("part"), iotest.ErrReader(broken))), 100, true)
	for range 2 {
		got, err := io.ReadAll(r.Body())
		if string(got) != "part" || !errors.Is(err, broken) {
			t.Errorf("%q, %v", got, err)
		}
	}
	if r.Whole() {
		t.Error("whole")
	}
	r.Close()
}

// Expect: 100-continue: nothing of the body is read before a try asks for it.
func TestReplayWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read := false
		req := request("PUT")
		req.Header.Add("expect", "100-continue")
		req.ContentLength = 4
		req.Body = io.NopCloser(&noted{Reader: strings.NewReader("body"), read: &read})
		r := retry.New(settings(func(r *api.Retries) { r.MaxBodyBytes = 10 }), nil).Keep(req)
		first := r.Body()
		_ = first.Close()
		time.Sleep(time.Second)
		second := r.Body()
		synctest.Wait()
		if read || r.Source() != req.Body {
			t.Error("read before anybody asked")
		}
		if got, err := io.ReadAll(second); string(got) != "body" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		r.Close()
	})
}

// A noted reader notes that it is read.
type noted struct {
	io.Reader
	read *bool
}

func (n *noted) Read(p []byte) (int, error) {
	*n.read = true
	return n.Reader.Read(p)
}

// Tries that read, end and begin again at random always read a prefix of the
// same bytes.
func TestReplayAtRandom(t *testing.T) {
	content := make([]byte, 200_000)
	for i := range content {
		content[i] = byte(rand.Uint32())
	}
	for range 100 {
		r := retry.NewReplay(io.NopCloser(bytes.NewReader(content)), int64(len(content)), rand.IntN(2) == 0)
		var ended sync.WaitGroup
		for range 5 {
			b := r.Body()
			ended.Go(func() {
				got, p, err := []byte(nil), make([]byte, 1+rand.IntN(40_000)), error(nil)
				for err == nil {
					var n int
					n, err = b.Read(p)
					got = append(got, p[:n]...)
				}
				if !bytes.HasPrefix(content, got) || errors.Is(err, io.EOF) && len(got) != len(content) {
					t.Errorf("%d bytes are not the body's, %v", len(got), err)
				}
			})
		}
		if got, err := io.ReadAll(r.Body()); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		ended.Wait()
		r.Close()
	}
}

// A source that panics is one that fails, whoever reads it: neither the process
// nor anybody who waits pays for it.
func TestSourcePanics(t *testing.T) {
	for _, inline := range []bool{true, false} {
		for _, limit := range []int64{0, 100} { // read past what is kept, and to be kept
			r := retry.NewReplay(io.NopCloser(panics{}), limit, inline)
			body := r.Body()
			for range 2 {
				if _, err := body.Read(make([]byte, 10)); err == nil || !strings.Contains(err.Error(), "a source's fault") {
					t.Errorf("inline %t, limit %d: %v", inline, limit, err)
				}
			}
			if r.Whole() {
				t.Error("the body can be sent again")
			}
			r.Close()
		}
	}
}

type panics struct{}

func (panics) Read([]byte) (int, error) { panic("a source's fault") }
