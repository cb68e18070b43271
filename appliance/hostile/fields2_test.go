// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"testing"
)

const malformed = "400 | reset PROTOCOL_ERROR"

// HTTP/2 can carry what HTTP/1.1 would read as another message. None of it
// reaches an upstream of HTTP/1.1 (RFC 9113, sections 8.2, 8.3 and 10.3).
func TestFields2(t *testing.T) {
	b := startBench(t)
	b.judgeByNginx(t)
	var cases []case2
	all := func(law string, named map[string][]string) {
		for name, fields := range named {
			cases = append(cases, case2{name: name, law: "RFC 9113, section " + law, want: malformed, play: func(c *client2) { c.headers(1, end, fields...) }})
		}
	}
	const method, scheme, authority, path = ":method: GET", ":scheme: http", ":authority: a.test", ":path: /d"
	all("8.3", map[string][]string{
		"no method":              {scheme, authority, path},
		"no scheme":              {method, authority, path},
		"no path":                {method, scheme, authority},
		"no authority":           {method, scheme, path},
		"two methods":            {method, ":method: POST", scheme, authority, path},
		"two equal methods":      {method, method, scheme, authority, path},
		"two schemes":            {method, scheme, ":scheme: https", authority, path},
		"two paths":              {method, scheme, authority, path, ":path: /smuggled"},
		"two authorities":        {method, scheme, authority, ":authority: b.test", path},
		"path behind a field":    {method, scheme, authority, "x: y", path},
		"method behind a field":  {scheme, authority, path, "x: y", method},
		"unknown pseudo-header":  {method, scheme, authority, path, ":x: y"},
		"status":                 {method, scheme, authority, path, ":status: 200"},
		"protocol of a GET":      {method, scheme, authority, path, ":protocol: websocket"},
		"empty method":           {":method: ", scheme, authority, path},
		"empty scheme":           {method, ":scheme: ", authority, path},
		"empty path":             {method, scheme, authority, ":path: "},
		"empty authority":        {method, scheme, ":authority: ", path},
		"pseudo-header's name":   {method, scheme, authority, path, ":: y"},
		"capitals in a pseudo":   {":Method: GET", scheme, authority, path},
		"method with a space":    {":method: GET /smuggled", scheme, authority, path},
		"method with a line":     {":method: GET /smuggled HTTP/1.1\r\nhost: b.test\r\n\r\nGET", scheme, authority, path},
		"method with NUL":        {":method: G\x00ET", scheme, authority, path},
		"scheme with a line":     {method, ":scheme: http\r\nx: y", authority, path},
		"scheme with a space":    {method, ":scheme: http ://b.test/", authority, path},
		"scheme as an URL":       {method, ":scheme: http://b.test/smuggled?", authority, path},
		"path with a space":      {method, scheme, authority, ":path: /a b"},
		"path with a version":    {method, scheme, authority, ":path: /smuggled HTTP/1.1"},
		"path with a line":       {method, scheme, authority, ":path: / HTTP/1.1\r\nhost: b.test\r\n\r\nGET /smuggled"},
		"path with LF":           {method, scheme, authority, ":path: /\nx: y"},
		"path with CR":           {method, scheme, authority, ":path: /\rx"},
		"path with NUL":          {method, scheme, authority, ":path: /\x00"},
		"path with a tab":        {method, scheme, authority, ":path: /a\tb"},
		"path without a slash":   {method, scheme, authority, ":path: smuggled"},
		"path as an URL":         {method, scheme, authority, ":path: http://b.test/"},
		"path as an authority":   {method, scheme, authority, ":path: b.test:80"},
		"path with an at sign":   {method, scheme, authority, ":path: @b.test/"},
		"path with a fragment":   {method, scheme, authority, ":path: /a#b"},
		"asterisk of a GET":      {method, scheme, authority, ":path: *"},
		"path with dots":         {method, scheme, authority, ":path: /ok/../d"},
		"path with coded dots":   {method, scheme, authority, ":path: /ok/%2e%2e/d"},
		"path with coded slash":  {method, scheme, authority, ":path: /ok%2fd"},
		"path with a backslash":  {method, scheme, authority, `:path: /ok\d`},
		"query with a space":     {method, scheme, authority, ":path: /d?a b"},
		"query with a line":      {method, scheme, authority, ":path: /d?a\r\nx: y"},
		"query with a fragment":  {method, scheme, authority, ":path: /d?a#b"},
		"authority with a user":  {method, scheme, ":authority: user@a.test", path},
		"authority with a slash": {method, scheme, ":authority: a.test/x", path},
		"authority with a space": {method, scheme, ":authority: a b", path},
		"authority with a line":  {method, scheme, ":authority: a.test\r\nx: y", path},
		"authority with NUL":     {method, scheme, ":authority: a\x00.test", path},
		"authority as a list":    {method, scheme, ":authority: a.test, b.test", path},
		"authority beyond ASCII": {method, scheme, ":authority: \xc3\xa4.test", path},
		"authority, bad port":    {method, scheme, ":authority: a.test:x", path},
		"authority and host":     {method, scheme, authority, path, "host: b.test"},
		"two hosts":              {method, scheme, path, "host: a.test", "host: b.test"},
		"host with a line":       {method, scheme, path, "host: a.test\r\nx: y"},
		"host with a user":       {method, scheme, path, "host: user@a.test"},
		"CONNECT with a path":    {":method: CONNECT", authority, path},
	})
	whole := []string{method, scheme, authority, path}
	with := func(fields ...string) []string { return append(whole[:4:4], fields...) }
	all("8.2.1", map[string][]string{
		"name in capitals":            with("X: y"),
		"name with a capital":         with("xY: z"),
		"name with a space":           with("x y: z"),
		"name with a space in front":  with(" x: y"),
		"name with a space behind":    with("x \x00:y"),
		"name with a colon":           with("x:\x00:y"),
		"name with a line":            with("x: y\r\nz\x00:a"),
		"name with LF":                with("x\ny\x00:z"),
		"name with NUL":               with("x\x00y\x00:z"),
		"name with DEL":               with("x\x7f\x00:y"),
		"name beyond ASCII":           with("\xc3\xa4\x00:y"),
		"empty name":                  with("\x00:y"),
		"name as a request line":      with("get /smuggled http/1.1\x00:y"),
		"value with a line":           with("x: a\r\nz: b"),
		"value with an empty line":    with("x: a\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: b.test\r\n\r\n"),
		"value with CR":               with("x: a\rb"),
		"value with LF":               with("x: a\nb"),
		"value with LF at the end":    with("x: a\n"),
		"value with NUL":              with("x: a\x00b"),
		"value with a space in front": with("x\x00: a"),
		"value with a space behind":   with("x\x00:a "),
		"value with a tab behind":     with("x\x00:a\t"),
		"cookie with a line":          with("cookie: a=b\r\nx: y"),
	})
	all("8.2.2", map[string][]string{
		"connection":               with("connection: close"),
		"connection that names":    with("connection: x", "x: y"),
		"keep-alive":               with("keep-alive: 5"),
		"proxy-connection":         with("proxy-connection: keep-alive"),
		"upgrade":                  with("upgrade: websocket"),
		"transfer-encoding":        with("transfer-encoding: chunked"),
		"transfer-encoding gzip":   with("transfer-encoding: gzip"),
		"transfer-encoding behind": with("content-length: 0", "transfer-encoding: chunked"),
		"te":                       with("te: gzip"),
		"te and trailers":          with("te: trailers, gzip"),
	})
	all("8.1.1", map[string][]string{
		"length without a body":  with("content-length: 5"),
		"length that is none":    with("content-length: five"),
		"length with a plus":     with("content-length: +0"),
		"negative length":        with("content-length: -1"),
		"length in hexadecimal":  with("content-length: 0x0"),
		"empty length":           with("content-length: "),
		"two lengths":            with("content-length: 0", "content-length: 5"),
		"two lengths in a list":  with("content-length: 0, 0"),
		"length with a line":     with("content-length: 0\r\nx: y"),
		"length that overflows":  with("content-length: 18446744073709551616"),
		"length of two to the63": with("content-length: 9223372036854775808"),
	})
	testHTTP2(t, b, cases)
}

// What goes on to HTTP/1.1 says there what it said in HTTP/2.
func TestDowngrade(t *testing.T) {
	b := startBench(t)
	b.judgeByNginx(t)
	const start = "POST /d HTTP/1.1\nhost: a.test\n"
	const chunked = start + "transfer-encoding: chunked"
	taken := func(name, law, seen string, play func(c *client2)) case2 {
		return case2{name: name, law: law, play: play, want: "200", seen: []string{seen}}
	}
	broken := func(name, law string, play func(c *client2)) case2 {
		return case2{name: name, law: law, play: play, want: malformed, cut: true}
	}
	testHTTP2(t, b, []case2{
		taken("body without a length", "RFC 9112, section 6.1", chunked+"\n\nhello", func(c *client2) { c.post(1, "/d"); c.data(1, end, "hello") }),
		taken("body in pieces", "RFC 9112, section 6.1", chunked+"\n\nhello", func(c *client2) {
			c.post(1, "/d")
			for _, piece := range []string{"", "he", "", "l", "lo", ""} {
				c.data(1, more, piece)
			}
			c.data(1, end, "")
		}),
		taken("body that ends with an empty frame", "RFC 9113, section 8.1", start+"content-length: 5\n\nhello", func(c *client2) {
			c.post(1, "/d", "content-length: 5")
			c.data(1, more, "hello")
			c.data(1, end, "")
		}),
		taken("body that looks like chunks", "RFC 9112, section 7.1", chunked+"\n\n0\r\n\r\n"+smuggled, func(c *client2) { c.post(1, "/d"); c.data(1, end, "0\r\n\r\n"+smuggled) }),
		taken("body that looks like a request", "RFC 9112, section 6.3", start+"content-length: 40\n\n"+smuggled, func(c *client2) { c.post(1, "/d", "content-length: 40"); c.data(1, end, smuggled) }),
		taken("no body", "RFC 9112, section 6.3", "POST /d HTTP/1.1\nhost: a.test", func(c *client2) { c.headers(1, end, pseudo("POST", "/d")...) }),
		{name: "empty body", law: "RFC 9112, section 6.3", play: func(c *client2) { c.post(1, "/d"); c.data(1, end, "") }, want: "200", seen: []string{chunked + or + "POST /d HTTP/1.1\nhost: a.test"}},
		taken("body of a GET", "RFC 9110, section 9.3.1", "GET /d HTTP/1.1\nhost: a.test\ntransfer-encoding: chunked\n\nhello", func(c *client2) { c.headers(1, more, pseudo("GET", "/d")...); c.data(1, end, "hello") }),
		taken("padded body", "RFC 9113, section 6.1", chunked+"\n\nhello", func(c *client2) { c.post(1, "/d"); c.frame(0, flagEnd|flagPad, 1, "\x04hello\x00\x00\x00\x00") }),
		taken("crumbs of a cookie", "RFC 9113, section 8.2.3", "GET /d HTTP/1.1\nhost: a.test\ncookie: a=b; c=d; e=f", func(c *client2) { c.get(1, "/d", "cookie: a=b", "cookie: c=d; e=f") }),
		taken("host in the place of authority", "RFC 9113, section 8.3.1", "GET /d HTTP/1.1\nhost: a.test", func(c *client2) { c.headers(1, end, ":method: GET", ":scheme: http", ":path: /d", "host: a.test") }),
		taken("host beside authority", "RFC 9113, section 8.3.1", "GET /d HTTP/1.1\nhost: a.test", func(c *client2) { c.get(1, "/d", "host: a.test") }),
		taken("authority with a port", "RFC 9113, section 8.3.1", "GET /d HTTP/1.1\nhost: a.test:81", func(c *client2) {
			c.headers(1, end, ":method: GET", ":scheme: http", ":authority: a.test:81", ":path: /d")
		}),
		taken("te: trailers", "RFC 9113, section 8.2.2", "GET /d HTTP/1.1\nhost: a.test\nte: trailers", func(c *client2) { c.get(1, "/d", "te: trailers") }),
		taken("bytes beyond ASCII in a value", "RFC 9110, section 5.5", "GET /d HTTP/1.1\nhost: a.test\nx: a\xe9b", func(c *client2) { c.get(1, "/d", "x: a\xe9b") }),
		taken("empty value", "RFC 9110, section 5.5", "GET /d HTTP/1.1\nhost: a.test\nx: ", func(c *client2) { c.get(1, "/d", "x: ") }),
		taken("two slashes", "RFC 9110, section 7.7", "GET //d HTTP/1.1\nhost: a.test", func(c *client2) { c.get(1, "//d") }),
		taken("fields with underscores", "RFC 3875, section 4.1.18", "GET /d HTTP/1.1\nhost: a.test", func(c *client2) { c.get(1, "/d", "x_forwarded_for: 192.0.2.66", "x_consumer_id: root") }),
		{name: "trailers", law: "RFC 9113, section 8.1", play: func(c *client2) { c.post(1, "/d"); c.data(1, more, "hello"); c.headers(1, end, "x-t: a") }, want: "200", seen: []string{chunked + "\n\nhello\nx-t: a" + or + chunked + "\n\nhello"}},
		{name: "announced trailers", law: "RFC 9112, section 7.1.2", play: func(c *client2) {
			c.post(1, "/d", "trailer: x-t")
			c.data(1, more, "hello")
			c.headers(1, end, "x-t: a")
		}, want: "200", seen: []string{chunked + "\ntrailer: x-t\n\nhello\nx-t: a" + or + chunked + "\ntrailer: X-T\n\nhello\nx-t: a"}},
		{name: "length in trailers", law: "RFC 9110, section 6.5.1", play: func(c *client2) { c.post(1, "/d"); c.data(1, more, "hello"); c.headers(1, end, "content-length: 100") }, want: "200 | " + malformed, seen: []string{maybe + chunked + "\n\nhello"}, cut: true},
		{name: "coding in trailers", law: "RFC 9110, section 6.5.1", play: func(c *client2) {
			c.post(1, "/d")
			c.data(1, more, "hello")
			c.headers(1, end, "transfer-encoding: chunked")
		}, want: "200 | " + malformed, seen: []string{maybe + chunked + "\n\nhello"}, cut: true},
		broken("pseudo-header in trailers", "RFC 9113, section 8.1", func(c *client2) { c.post(1, "/d"); c.data(1, more, "hello"); c.headers(1, end, ":path: /smuggled") }),
		broken("trailers that do not end", "RFC 9113, section 8.1", func(c *client2) { c.post(1, "/d"); c.data(1, more, "hello"); c.headers(1, more, "x-t: a") }),
		broken("trailer with a line", "RFC 9113, section 8.2.1", func(c *client2) { c.post(1, "/d"); c.data(1, more, "hello"); c.headers(1, end, "x-t: a\r\ny: b") }),
		broken("trailer in capitals", "RFC 9113, section 8.2.1", func(c *client2) { c.post(1, "/d"); c.data(1, more, "hello"); c.headers(1, end, "X-T: a") }),
		broken("body shorter than its length", "RFC 9113, section 8.1.1", func(c *client2) { c.post(1, "/d", "content-length: 10"); c.data(1, end, "hello") }),
		broken("body longer than its length", "RFC 9113, section 8.1.1", func(c *client2) { c.post(1, "/d", "content-length: 5"); c.data(1, end, "hello"+smuggled) }),
		{name: "body with the length 0", law: "RFC 9113, section 8.1.1", play: func(c *client2) { c.post(1, "/d", "content-length: 0"); c.data(1, end, smuggled) },
			want: malformed + " | 200 | 200 cut", seen: []string{maybe + "POST /d HTTP/1.1\nhost: a.test"}, cut: true},
		broken("body shorter than its length, and trailers", "RFC 9113, section 8.1.1", func(c *client2) {
			c.post(1, "/d", "content-length: 10")
			c.data(1, more, "hello")
			c.headers(1, end, "x-t: a")
		}),
		{name: "more behind a whole body", law: "RFC 9113, section 8.1.1", play: func(c *client2) {
			c.post(1, "/d", "content-length: 5")
			c.data(1, more, "hello")
			c.data(1, end, smuggled)
		}, want: malformed + " | 200 | 200 cut", seen: []string{maybe + start + "content-length: 5\n\nhello"}, cut: true},
		{name: "reset in the middle of a body", law: "RFC 9113, section 5.4.2", stream: 3, play: func(c *client2) {
			c.post(1, "/d")
			c.data(1, more, "hello")
			c.frame(3, 0, 1, "\x00\x00\x00\x08")
			c.get(3, "/d")
		}, want: "200", seen: []string{"GET /d HTTP/1.1\nhost: a.test"}, cut: true},
		{name: "CONNECT", law: "RFC 9113, section 8.5", play: func(c *client2) {
			c.headers(1, more, ":method: CONNECT", ":authority: b.test:443")
			c.data(1, more, "hello")
		}, want: "501 | 405 | " + malformed},
		{name: "CONNECT with a line in its protocol", law: "RFC 8441, section 4", play: func(c *client2) {
			c.headers(1, more, ":method: CONNECT", ":protocol: websocket\r\nx: y", ":scheme: http", ":authority: a.test", ":path: /d")
		}, want: malformed},
		{name: "CONNECT to h2c", law: "RFC 8441, section 4", play: func(c *client2) {
			c.headers(1, more, ":method: CONNECT", ":protocol: h2c", ":scheme: http", ":authority: a.test", ":path: /d")
		}, want: "501 | 405 | " + malformed},
		{name: "TRACE", law: "RFC 9110, section 9.3.8", play: func(c *client2) { c.headers(1, end, pseudo("TRACE", "/d")...) }, want: "200", seen: []string{"TRACE /d HTTP/1.1\nhost: a.test"}, unlike: map[string]string{"nginx": "refuses the method"}},
		{name: "unknown expectation", law: "RFC 9110, section 10.1.1", play: func(c *client2) { c.get(1, "/d", "expect: the-unexpected") }, want: "417"},
	})
}
