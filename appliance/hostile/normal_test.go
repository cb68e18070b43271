// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"slices"
	"strconv"
	"strings"
)

// added are the fields by which the gateway says who asks. What clients say
// there is for the tests of appliance/internal/proxy.
var added = []string{"x-forwarded-for:", "x-forwarded-proto:", "x-forwarded-host:", "via:"}

// normal spells a request of HTTP/1.1 so that two of them can be compared:
// lines end with "\n", names are small, fields sorted, chunks joined, and a
// length of nothing is left out. It changes nothing else, so that what is
// wrong stays visible.
func normal(raw string) string {
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	var fields []string
	for _, line := range lines[1:] {
		name, value, found := strings.Cut(line, ":")
		if found {
			line = strings.ToLower(name) + ": " + strings.Trim(value, " \t")
		}
		own := slices.ContainsFunc(added, func(prefix string) bool { return strings.HasPrefix(line, prefix) })
		if !own && (line != "content-length: 0" || body != "") {
			fields = append(fields, line)
		}
	}
	slices.Sort(fields)
	text := strings.Join(append([]string{lines[0]}, fields...), "\n")
	if slices.Contains(fields, "transfer-encoding: chunked") {
		content, trailers, ok := joinChunks(body)
		if ok {
			body = content + trailers
		}
	}
	if body != "" {
		text += "\n\n" + body
	}
	return text
}

// joinChunks returns the content of a chunked body, and its trailers, each
// behind a line feed. ok is false if the body is not well-formed.
func joinChunks(body string) (content, trailers string, ok bool) {
	var b strings.Builder
	rest := body
	for {
		line, after, ok := strings.Cut(rest, "\r\n")
		size, err := strconv.ParseUint(line, 16, 31)
		if !ok || err != nil || int(size)+2 > len(after) {
			return "", "", false
		}
		if size == 0 {
			rest = after
			break
		}
		b.WriteString(after[:size])
		if rest, ok = strings.CutPrefix(after[size:], "\r\n"); !ok {
			return "", "", false
		}
	}
	for rest != "\r\n" {
		line, after, ok := strings.Cut(rest, "\r\n")
		name, value, colon := strings.Cut(line, ":")
		if !ok || !colon {
			return "", "", false
		}
		trailers += "\n" + strings.ToLower(name) + ": " + strings.Trim(value, " \t")
		rest = after
	}
	return b.String(), trailers, true
}

// spelled is a request of the tables in normal form.
func spelled(text string) string {
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	slices.Sort(lines[1:])
	head = strings.Join(lines, "\n")
	if body != "" {
		head += "\n\n" + body
	}
	return head
}

// A request that the tests send to see what a connection, or the gateway, is
// still good for. It is not among the sights.
const (
	probe       = "GET /probe HTTP/1.1\r\nHost: probe.test\r\n\r\n"
	probePrefix = "GET /probe HTTP/1.1\r\n"
)

func isProbe(raw string) bool {
	return strings.HasPrefix(raw, probePrefix) && strings.Contains(strings.ToLower(raw), "\r\nhost: probe.test\r\n")
}
