// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// pairs runs a test for HTTP/1.1 and HTTP/2 on either side of the gateway.
func pairs(t *testing.T, target http.HandlerFunc, test func(t *testing.T, c *http.Client, url string, p *passthrough)) {
	for _, in := range []bool{false, true} {
		for _, out := range []engine.Protocol{engine.HTTP, engine.H2C} {
			t.Run(fmt.Sprintf("http2=%t to %s", in, out), func(t *testing.T) {
				server, p := gateway(t, testkit.HTTP(t, nil, target), out)
				test(t, client(t, in), url(server), p)
			})
		}
	}
}

// raw sends bytes over a connection and returns what comes back.
func raw(t *testing.T, address, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// The request target arrives as it was sent.
func TestTargetVerbatim(t *testing.T) {
	for _, out := range []engine.Protocol{engine.HTTP, engine.H2C} {
		server, _ := gateway(t, testkit.HTTP(t, nil, testkit.EchoHTTP), out)
		for sent, want := range map[string]string{
			"/":                       "/",
			"/a%2fb/%41?x=%20&y=a+b":  "/a%2fb/%41?x=%20&y=a+b",
			"/a/../b//c/.":            "/a/../b//c/.",
			"//double/slash?":         "//double/slash?",
			"/q?":                     "/q?",
			"/q?a=1;b=2&a=?":          "/q?a=1;b=2&a=?",
			"/\"<>|^`{}[]\\'":         "/\"<>|^`{}[]\\'",
			"http://other.test/p%20q": "/p%20q",
			"http://other.test?q=1":   "/?q=1",
		} {
			answer := raw(t, server.Addr().String(), "GET "+sent+" HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n")
			var echo testkit.Echo
			_, body, _ := strings.Cut(answer, "\r\n\r\n")
			if i := strings.Index(body, "{"); i < 0 || json.NewDecoder(strings.NewReader(body[i:])).Decode(&echo) != nil {
				t.Errorf("%s: %s: no echo in %q", out, sent, answer)
				continue
			}
			if echo.Target != want {
				t.Errorf("%s: %s arrived as %s", out, sent, echo.Target)
			}
			wantHost := "example.test"
			if strings.Contains(sent, "other.test") {
				wantHost = "other.test"
			}
			if echo.Host != wantHost {
				t.Errorf("%s: %s: host %q, want %q", out, sent, echo.Host, wantHost)
			}
		}
		answer := raw(t, server.Addr().String(), "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		if !strings.Contains(answer, `"target":"*"`) {
			t.Errorf("%s: OPTIONS *: %q", out, answer)
		}
	}
}

// Header fields arrive as they were sent, with nothing added.
func TestHeaderVerbatim(t *testing.T) {
	pairs(t, testkit.EchoHTTP, func(t *testing.T, c *http.Client, url string, p *passthrough) {
		request, _ := http.NewRequestWithContext(timeout(t), "PATCH", url+"/x", strings.NewReader("content"))
		request.Host = "example.test:8080"
		request.Header = http.Header{"User-Agent": nil, "X-Two": {"a", "b"}, "Cookie": {"k=v; l=w"}, "Accept-Encoding": {"br"}}
		response, err := c.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var echo testkit.Echo
		if err := json.NewDecoder(response.Body).Decode(&echo); err != nil {
			t.Fatal(err)
		}
		if echo.Method != "PATCH" || echo.Host != "example.test:8080" || echo.Body != "content" {
			t.Errorf("%+v", echo)
		}
		want := map[string][]string{"X-Two": {"a", "b"}, "Cookie": {"k=v; l=w"}, "Accept-Encoding": {"br"}, "Content-Length": {"7"}}
		for name, values := range echo.Header {
			if !slices.Equal(values, want[name]) {
				t.Errorf("%s: %q, want %q", name, values, want[name])
			}
			delete(want, name)
		}
		if len(want) > 0 {
			t.Errorf("missing: %v", want)
		}
	})
}

func TestTrailersBothWays(t *testing.T) {
	target := func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex() // HTTP/2 is, and says no
		w.Header().Set("Trailer", "X-Announced")
		w.WriteHeader(200)
		_ = http.NewResponseController(w).Flush()
		_, _ = io.Copy(w, r.Body)
		w.Header().Set("X-Announced", "yes")
		w.Header().Set(http.TrailerPrefix+"X-Unannounced", "too")
		w.Header().Set(http.TrailerPrefix+"X-Request", r.Trailer.Get("X-Sum"))
	}
	pairs(t, target, func(t *testing.T, c *http.Client, url string, p *passthrough) {
		reader, writer := io.Pipe()
		request, _ := http.NewRequestWithContext(timeout(t), "POST", url, reader)
		request.Trailer = http.Header{"X-Sum": nil}
		go func() {
			fmt.Fprint(writer, "body")
			request.Trailer.Set("X-Sum", "42")
			writer.Close()
		}()
		response, err := c.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if body, err := io.ReadAll(response.Body); err != nil || string(body) != "body" {
			t.Errorf("%q, %v", body, err)
		}
		for name, want := range map[string]string{"X-Announced": "yes", "X-Unannounced": "too", "X-Request": "42"} {
			if got := response.Trailer[name]; !slices.Equal(got, []string{want}) {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	})
}

// 103 Early Hints arrive before the response is made, and so may several.
func TestEarlyHints(t *testing.T) {
	for _, in := range []bool{false, true} {
		for _, out := range []engine.Protocol{engine.HTTP, engine.H2C} {
			goOn := make(chan struct{})
			server, _ := gateway(t, testkit.HTTP(t, nil, func(w http.ResponseWriter, _ *http.Request) {
				for _, link := range []string{"</a.css>", "</b.css>"} {
					w.Header()["Link"] = []string{link}
					w.WriteHeader(http.StatusEarlyHints)
				}
				<-goOn
				w.Header().Del("Link")
				w.WriteHeader(http.StatusNoContent)
			}), out)
			hints := make(chan string, 2)
			ctx := httptrace.WithClientTrace(timeout(t), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
				hints <- fmt.Sprint(code, " ", h.Get("Link"))
				if len(hints) == 2 {
					close(goOn)
				}
				return nil
			}})
			request, _ := http.NewRequestWithContext(ctx, "GET", url(server), nil)
			response, err := client(t, in).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if a, b := <-hints, <-hints; a != "103 </a.css>" || b != "103 </b.css>" {
				t.Errorf("http2=%t to %s: %q, %q", in, out, a, b)
			}
			if response.StatusCode != 204 || response.Header.Get("Link") != "" {
				t.Errorf("http2=%t to %s: %d %v", in, out, response.StatusCode, response.Header)
			}
		}
	}
}

// Responses without a body keep their head, and the connection its framing.
func TestBodiless(t *testing.T) {
	target := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/204":
			w.WriteHeader(204)
		case "/304":
			w.Header().Set("Etag", `"1"`)
			w.WriteHeader(304)
		case "/empty":
		default:
			w.Header().Set("Content-Length", "1234")
			if r.Method != http.MethodHead {
				_, _ = io.WriteString(w, strings.Repeat("x", 1234))
			}
		}
	}
	pairs(t, target, func(t *testing.T, c *http.Client, url string, p *passthrough) {
		for _, test := range []struct {
			method, path string
			status       int
			length       int64
			body         int
		}{
			{"HEAD", "/", 200, 1234, 0}, {"GET", "/", 200, 1234, 1234}, {"GET", "/204", 204, 0, 0}, {"GET", "/304", 304, 0, 0},
			{"GET", "/empty", 200, 0, 0}, {"HEAD", "/empty", 200, -1, 0}, {"DELETE", "/204", 204, 0, 0},
		} {
			request, _ := http.NewRequestWithContext(timeout(t), test.method, url+test.path, nil)
			response, err := c.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			if err != nil || response.StatusCode != test.status || len(body) != test.body {
				t.Errorf("%s %s: %d, %d bytes, %v", test.method, test.path, response.StatusCode, len(body), err)
			}
			if test.status == 200 && response.ContentLength != test.length {
				t.Errorf("%s %s: length %d, want %d", test.method, test.path, response.ContentLength, test.length)
			}
			if ct := response.Header["Content-Type"]; test.body == 0 && ct != nil {
				t.Errorf("%s %s: a content type was invented: %q", test.method, test.path, ct)
			}
		}
	})
}

// The client is told to go on only when the target wants the body.
func TestExpectContinue(t *testing.T) {
	target := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/no" {
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusExpectationFailed)
			return
		}
		_, _ = io.Copy(w, r.Body)
	}
	server, _ := gateway(t, testkit.HTTP(t, nil, target), engine.HTTP)
	conn, err := net.Dial("tcp", server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	reader := bufio.NewReader(conn)
	fmt.Fprint(conn, "POST /yes HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
	if line, err := reader.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := reader.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "body")
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, _ := io.ReadAll(response.Body); response.StatusCode != 200 || string(body) != "body" {
		t.Errorf("%d %q", response.StatusCode, body)
	}
	fmt.Fprint(conn, "POST /no HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
	if line, err := reader.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 417 ") {
		t.Errorf("%q, %v", line, err)
	}
}

// A response of unknown length comes piece by piece, not when it is complete.
func TestStreaming(t *testing.T) {
	goOn := make(chan struct{})
	target := func(w http.ResponseWriter, _ *http.Request) {
		flush := http.NewResponseController(w).Flush
		_ = flush()
		for i := range 3 {
			<-goOn
			fmt.Fprintf(w, "data: %d\n", i)
			_ = flush()
		}
	}
	pairs(t, target, func(t *testing.T, c *http.Client, url string, p *passthrough) {
		request, _ := http.NewRequestWithContext(timeout(t), "GET", url, nil)
		response, err := c.Do(request) // returns with the head: the target has sent nothing more
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		lines := bufio.NewReader(response.Body)
		for i := range 3 {
			goOn <- struct{}{}
			if line, err := lines.ReadString('\n'); err != nil || line != fmt.Sprintf("data: %d\n", i) {
				t.Errorf("%q, %v", line, err)
			}
		}
	})
}
