// SPDX-License-Identifier: Apache-2.0

package syntax_test

import (
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

const typicalRequest = "GET /api/v1/users/12345?fields=name,email&sort=asc HTTP/1.1\r\n" +
	"Host: api.example.com\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n" +
	"Accept-Language: en-US,en;q=0.5\r\n" +
	"Accept-Encoding: gzip, deflate, br\r\n" +
	"Connection: keep-alive\r\n" +
	"Referer: https://www.example.com/index.html\r\n" +
	"X-Request-Id: 0f6f3c9a-5b43-4c5a-9f0e-0a7a0b4e6c11\r\n" +
	"Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789\r\n" +
	"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n\r\n"

const typicalResponse = "HTTP/1.1 200 OK\r\n" +
	"Date: Tue, 18 Nov 2025 10:00:00 GMT\r\n" +
	"Server: nginx\r\n" +
	"Content-Type: application/json; charset=utf-8\r\n" +
	"Content-Length: 1024\r\n" +
	"Connection: keep-alive\r\n" +
	"Vary: Accept-Encoding\r\n" +
	"Cache-Control: no-store\r\n" +
	"X-Request-Id: 0f6f3c9a-5b43-4c5a-9f0e-0a7a0b4e6c11\r\n\r\n"

var usual = syntax.Limits{Bytes: 64 << 10, Fields: 128}

func BenchmarkParseRequest(b *testing.B) {
	for name, text := range map[string]string{"10 fields": typicalRequest, "1 field": "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"} {
		b.Run(name, func(b *testing.B) {
			var r message.Request
			data := []byte(text)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				searched := 0
				if _, n, err := syntax.ParseRequest(data, &searched, usual, &r); n == 0 || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}

func BenchmarkParseResponse(b *testing.B) {
	var r message.Response
	data := []byte(typicalResponse)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		searched := 0
		if _, n, err := syntax.ParseResponse(data, &searched, usual, "GET", &r); n == 0 || err != nil {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkAppendRequest(b *testing.B) {
	var r message.Request
	searched := 0
	if _, _, err := syntax.ParseRequest([]byte(typicalRequest), &searched, usual, &r); err != nil {
		b.Fatal(err)
	}
	out := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := syntax.AppendRequest(out, &r, syntax.NoBody); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendResponse(b *testing.B) {
	var r message.Response
	searched := 0
	if _, _, err := syntax.ParseResponse([]byte(typicalResponse), &searched, usual, "GET", &r); err != nil {
		b.Fatal(err)
	}
	out := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := syntax.AppendResponse(out, &r, message.HTTP11, syntax.Length, true, false); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecoder(b *testing.B) {
	var data []byte
	for range 16 {
		data = syntax.AppendChunk(data, 4096)
		data = append(data, make([]byte, 4096)...)
		data = append(data, "\r\n"...)
	}
	data = syntax.AppendEnd(data, nil)
	decoder := syntax.Decoder{Limits: usual}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		decoder.Reset()
		for rest := data; !decoder.Done(); {
			_, n, err := decoder.Decode(rest)
			if n == 0 || err != nil {
				b.Fatal(n, err)
			}
			rest = rest[n:]
		}
	}
}
