// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// appendJSON appends one JSON object (S1-51). Members without a value are left
// out.
func appendJSON(b []byte, x *plugin.Exchange, end time.Time, query bool) []byte {
	r := x.Request
	b = append(b, `{"time":"`...)
	b = appendTime(b, x.Start.UTC())
	b = append(b, '"')
	if x.Client.IsValid() {
		b = append(b, `,"client":"`...)
		b = x.Client.AppendTo(b)
		b = append(b, '"')
	}
	if x.Consumer != nil {
		b = member(b, "consumer", x.Consumer.ID)
	}
	b = member(b, "method", r.Method)
	b = member(b, "host", r.Host)
	b = member(b, "path", r.Path)
	if query && r.HasQuery {
		b = member(b, "query", r.Query)
	}
	b = member(b, "proto", r.Proto.String())
	if x.Response != nil {
		b = number(b, "status", int64(x.Response.Status))
	}
	if text := grpcStatus(x); text != "" {
		if code, err := strconv.ParseUint(text, 10, 8); err == nil {
			b = number(b, "grpc_status", int64(code))
		}
	}
	b = number(b, "bytes_received", x.Received)
	b = number(b, "bytes_sent", x.Sent)
	b = append(b, `,"duration_ms":`...)
	b = strconv.AppendFloat(b, float64(end.Sub(x.Start).Microseconds())/1000, 'f', -1, 64)
	b = member(b, "target", x.Target)
	if x.Route != nil {
		b = member(b, "route", x.Route.ID)
		b = member(b, "service", x.Route.Service)
	}
	b = member(b, "user_agent", r.Header.Get("user-agent"))
	b = member(b, "referer", r.Header.Get("referer"))
	if x.Err != nil {
		b = member(b, "error", x.Err.Error())
	}
	return append(b, '}')
}

// grpcStatus returns the status of a gRPC call, from its trailers or, if
// there is nothing else, the header.
func grpcStatus(x *plugin.Exchange) string {
	if x.Response == nil {
		return ""
	}
	if t := x.Response.Trailer; t != nil && t.Has("grpc-status") {
		return t.Get("grpc-status")
	}
	return x.Response.Header.Get("grpc-status")
}

func number(b []byte, name string, n int64) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return strconv.AppendInt(b, n, 10)
}

func member(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return appendString(b, value)
}

const hex = "0123456789abcdef"

// appendString appends a JSON string (RFC 8259, section 7). Control characters
// are escaped, those beyond ASCII too, which terminals obey as well; what is
// not UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			switch {
			case c == '"' || c == '\\':
				b = append(b, '\\', c)
			case c < ' ' || c == 0x7f:
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
			default:
				b = append(b, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r < 0xa0 {
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&0xf])
		} else {
			b = utf8.AppendRune(b, r) // utf8.RuneError for what is not UTF-8
		}
		i += size
	}
	return append(b, '"')
}

// appendTime appends a time as RFC 3339 has it, in UTC and with milliseconds,
// at a quarter of the cost of a general format.
func appendTime(b []byte, t time.Time) []byte {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = digits(b, year, 4)
	b = digits(append(b, '-'), int(month), 2)
	b = digits(append(b, '-'), day, 2)
	b = digits(append(b, 'T'), hour, 2)
	b = digits(append(b, ':'), minute, 2)
	b = digits(append(b, ':'), second, 2)
	b = digits(append(b, '.'), t.Nanosecond()/int(time.Millisecond), 3)
	return append(b, 'Z')
}

// digits appends the last n digits of a number, n of at most 4.
func digits(b []byte, number, n int) []byte {
	var text [4]byte
	for i := n - 1; i >= 0; i-- {
		text[i] = '0' + byte(number%10)
		number /= 10
	}
	return append(b, text[:n]...)
}
