// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strconv"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// appendCommon appends a line of the Common Log Format (S1-52):
//
//	192.0.2.1 - billing [02/Jan/2026:03:04:05 +0000] "GET /a HTTP/1.1" 200 17
func appendCommon(b []byte, x *plugin.Exchange, _ time.Time, query bool) []byte {
	r := x.Request
	if x.Client.IsValid() {
		b = x.Client.AppendTo(b)
	} else {
		b = append(b, '-')
	}
	b = append(b, " - "...)
	if x.Consumer != nil {
		b = append(b, x.Consumer.ID...) // an id needs no escaping
	} else {
		b = append(b, '-')
	}
	b = x.Start.AppendFormat(b, " [02/Jan/2006:15:04:05 -0700] \"")
	b = appendEscaped(b, r.Method)
	b = append(b, ' ')
	b = appendEscaped(b, r.Path)
	if query && r.HasQuery {
		b = append(b, '?')
		b = appendEscaped(b, r.Query)
	}
	b = append(b, ' ')
	b = append(b, r.Proto.String()...)
	b = append(b, '"', ' ')
	if x.Response != nil {
		b = strconv.AppendInt(b, int64(x.Response.Status), 10)
	} else {
		b = append(b, '-')
	}
	b = append(b, ' ')
	if x.Sent == 0 {
		return append(b, '-')
	}
	return strconv.AppendInt(b, x.Sent, 10)
}

// appendCombined appends a line of the Combined Log Format, which is the
// common one followed by referer and user agent.
func appendCombined(b []byte, x *plugin.Exchange, end time.Time, query bool) []byte {
	b = appendCommon(b, x, end, query)
	b = appendQuoted(b, x.Request.Header.Get("referer"))
	return appendQuoted(b, x.Request.Header.Get("user-agent"))
}

func appendQuoted(b []byte, s string) []byte {
	b = append(b, ' ', '"')
	if s == "" {
		b = append(b, '-')
	}
	return append(appendEscaped(b, s), '"')
}

// appendEscaped keeps a value inside its quotes and its line: quotes and
// backslashes get a backslash, whatever is not printable ASCII becomes \xhh.
func appendEscaped(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c > '~':
			b = append(b, '\\', 'x', hex[c>>4], hex[c&0xf])
		default:
			b = append(b, c)
		}
	}
	return b
}
