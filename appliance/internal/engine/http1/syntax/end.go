// SPDX-License-Identifier: Apache-2.0

package syntax

import (
	"bytes"
	"strconv"
)

// end returns the length of the head that begins at data[start], counted from
// data[0], or 0 if data ends before it. What is refused without having seen the
// end is a line that ends with LF alone, and a head above the limit. A head that
// came in one piece is searched for control characters at the same time.
func (p *parser) end(data []byte, start int, searched *int, limit int) (int, *Error) {
	if *searched == 0 {
		if n := p.quick(data[start:]); n > 0 && start+n <= limit {
			return start + n, nil
		}
		p.lines = 0
	}
	n, failed := p.search(data, start, searched, limit)
	if n > 0 || failed != nil {
		*searched = 0
	}
	return n, failed
}

// quick returns the length of a whole head whose only control characters are
// line ends and tabs, and notes where its lines end; 0 says that data is
// something else, whatever that is.
func (p *parser) quick(data []byte) int {
	i, line := 0, 0
	for {
		i = control(data, i)
		if i+1 >= len(data) {
			return 0
		}
		switch data[i] {
		case '\t':
			i++
			continue
		case '\r':
		default:
			return 0
		}
		if data[i+1] != '\n' {
			return 0
		}
		if i == line {
			return i + 2
		}
		if p.lines < quickLines {
			p.ends[p.lines] = int32(i)
			p.lines++
		}
		i += 2
		line = i
	}
}

// search is the search from line to line, as far as there is something new.
func (p *parser) search(data []byte, start int, searched *int, limit int) (int, *Error) {
	window := data[:min(len(data), max(limit, 0))]
	i := max(start, min(*searched, len(window)))
	for i < len(window) {
		lf := bytes.IndexByte(window[i:], '\n')
		if lf < 0 {
			break
		}
		i += lf
		if i == 0 || window[i-1] != '\r' {
			return 0, p.fail("a line ends with LF alone")
		}
		if i >= 3 && window[i-2] == '\n' {
			return i + 1, nil
		}
		i++
	}
	if len(data) < limit {
		*searched = len(data)
		return 0, nil
	}
	if p.request && bytes.IndexByte(window[min(start, len(window)):], '\n') < 0 {
		return 0, &Error{414, "the request line is longer than " + strconv.Itoa(limit) + " bytes"}
	}
	return 0, p.tooLarge("the lines before the empty one are longer than " + strconv.Itoa(limit) + " bytes")
}
