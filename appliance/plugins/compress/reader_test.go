// SPDX-License-Identifier: Apache-2.0

package compress_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin/plugintest"
)

// A script is a body that gives one piece for each read, then its error.
type script struct {
	pieces []string
	err    error
	reads  int
	closed int
}

func (s *script) Read(p []byte) (int, error) {
	s.reads++
	if len(s.pieces) == 0 {
		return 0, s.err
	}
	n := copy(p, s.pieces[0])
	if s.pieces[0] = s.pieces[0][n:]; s.pieces[0] == "" {
		s.pieces = s.pieces[1:]
	}
	return n, nil
}

func (s *script) Close() error {
	s.closed++
	return nil
}

// wrap returns the body as it goes to a client that accepts one coding.
func wrap(t testing.TB, compressor plugin.ResponsePhase, coding string, body io.ReadCloser, length int64) io.ReadCloser {
	t.Helper()
	x := plugintest.Exchange("GET", "/", "accept-encoding: "+coding)
	plugintest.Respond(x, 200, "", "content-type: text/event-stream")
	x.Response.Body, x.Response.ContentLength = body, length
	if err := compressor.OnResponse(x); err != nil {
		t.Fatal(err)
	}
	if x.Response.Header.Get("content-encoding") != coding {
		t.Fatal("the response is not compressed")
	}
	return x.Response.Body
}

// What an upstream sent before it paused reaches the client before it goes on:
// after one read of the source, all of the event can be decoded.
func TestStreaming(t *testing.T) {
	for _, coding := range codings {
		for _, length := range []int64{-1, 1 << 20} {
			source := &script{pieces: []string{"data: one\n\n", "data: two\n\n", strings.Repeat("x", 5000), "data: four\n\n"}, err: io.EOF}
			body := wrap(t, start(t, `{}`), coding, source, length)
			var arrived, events strings.Builder
			for i, event := range source.pieces {
				events.WriteString(event)
				for p := make([]byte, 7); ; { // in small reads, as far as it goes without another one of the source
					n, err := body.Read(p)
					arrived.Write(p[:n])
					if err != nil {
						t.Fatal(err)
					}
					got := make([]byte, events.Len())
					if m, _ := io.ReadFull(lenient(t, coding, arrived.String()), got); m == len(got) && string(got) == events.String() {
						break
					}
					if source.reads > i+1 {
						t.Fatalf("%s, length %d: event %d is held back", coding, length, i)
					}
				}
			}
			body.Close()
		}
	}
}

// A body whose length is known ends without a flush just before its end.
func TestKnownLength(t *testing.T) {
	compressor := start(t, `{}`)
	for _, coding := range codings {
		size := map[int64]int{}
		for _, length := range []int64{-1, int64(len(page))} {
			body := wrap(t, compressor, coding, &script{pieces: []string{page}, err: io.EOF}, length)
			encoded, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			body.Close()
			size[length] = len(encoded)
		}
		if size[int64(len(page))] >= size[-1] {
			t.Errorf("%s: %d bytes with a known length, %d without", coding, size[int64(len(page))], size[-1])
		}
	}
}

// lenient decodes what there is so far.
func lenient(t testing.TB, coding, soFar string) io.Reader {
	if coding == "gzip" && len(soFar) < 10 {
		return strings.NewReader("") // not even the header
	}
	return decoder(t, coding, strings.NewReader(soFar))
}

// What came before an error is delivered, then the error itself.
func TestSourceFails(t *testing.T) {
	broken := errors.New("connection reset")
	for _, coding := range codings {
		source := &script{pieces: []string{page, page}, err: broken}
		body := wrap(t, start(t, `{}`), coding, source, -1)
		encoded, err := io.ReadAll(body)
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v; want %v", coding, err, broken)
		}
		got := make([]byte, 2*len(page))
		if _, err := io.ReadFull(decoder(t, coding, bytes.NewReader(encoded)), got); err != nil || string(got) != page+page {
			t.Errorf("%s: what came before the error is lost: %v", coding, err)
		}
		if _, err := body.Read(make([]byte, 1)); !errors.Is(err, broken) {
			t.Errorf("%s: another read: %v", coding, err)
		}
	}
}

// Bodies are closed at any point, by many clients at once, and the encoders
// that they give back are as good as new.
func TestCloseAnywhere(t *testing.T) {
	compressor := start(t, `{}`)
	var done sync.WaitGroup
	for worker := range 8 {
		done.Go(func() {
			for i := range 30 {
				coding := codings[i%len(codings)]
				left := &script{pieces: []string{page, strings.Repeat("secret ", 100), page}, err: io.EOF}
				body := wrap(t, compressor, coding, left, -1)
				_, _ = io.CopyN(io.Discard, body, int64(i*worker))
				for range 2 { // to close again does no harm
					if err := body.Close(); err != nil || left.closed == 0 {
						t.Errorf("the source is not closed: %v", err)
					}
				}
				if _, err := body.Read(make([]byte, 10)); err == nil {
					t.Error("a closed body can be read")
				}
				whole := wrap(t, compressor, coding, &script{pieces: []string{page}, err: io.EOF}, -1)
				encoded, err := io.ReadAll(whole)
				whole.Close()
				if err != nil || decode(t, coding, string(encoded)) != page {
					t.Errorf("%s after a body that was broken off: %v", coding, err)
				}
			}
		})
	}
	done.Wait()
}

// FuzzRoundTrip holds that a body comes out as it went in, whatever the sizes
// of the reads on both sides and whether or not its length is known.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte(page), uint16(100), uint16(1), uint8(0), true)
	f.Add([]byte(page), uint16(0), uint16(4000), uint8(1), false)
	f.Add(bytes.Repeat([]byte(page), 10), uint16(60000), uint16(50000), uint8(2), false)
	f.Add([]byte{}, uint16(1), uint16(1), uint8(2), false)
	compressor := start(f, `{"min_size": 0}`)
	f.Fuzz(func(t *testing.T, data []byte, in, out uint16, choice uint8, known bool) {
		coding, length := codings[int(choice)%len(codings)], int64(-1)
		if known && len(data) > 0 {
			length = int64(len(data))
		}
		source := &script{err: io.EOF}
		for rest := string(data); rest != ""; {
			n := min(len(rest), max(int(in), len(data)/100)+1) // a flush for every byte of a large body takes minutes
			source.pieces, rest = append(source.pieces, rest[:n]), rest[n:]
		}
		body := wrap(t, compressor, coding, source, length)
		defer body.Close()
		var encoded strings.Builder
		if _, err := io.CopyBuffer(struct{ io.Writer }{&encoded}, body, make([]byte, int(out)+1)); err != nil {
			t.Fatal(err)
		}
		if got := decode(t, coding, encoded.String()); got != string(data) {
			t.Errorf("%s: %d bytes became %d", coding, len(data), len(got))
		}
	})
}
