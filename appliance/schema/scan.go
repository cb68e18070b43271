// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A scanner reads the parts of a JSON text that have no parts themselves.
type scanner struct {
	text string // valid UTF-8
	pos  int    // of the next byte
}

// peek returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

func (s *scanner) skipSpace() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// scalar reads a string, number, true, false or null.
func (s *scanner) scalar() (json.Token, error) {
	switch s.peek() {
	case '"':
		return s.str()
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return s.number()
	case 't':
		return true, s.word("true")
	case 'f':
		return false, s.word("false")
	case 'n':
		return nil, s.word("null")
	}
	return nil, s.unexpected("a value")
}

func (s *scanner) word(w string) error {
	if !strings.HasPrefix(s.text[s.pos:], w) {
		return s.unexpected("a value")
	}
	s.pos += len(w)
	return nil
}

// number reads a number as it is written: RFC 8259, section 6.
func (s *scanner) number() (json.Token, error) {
	start := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if !s.digits() {
		return nil, s.unexpected("a digit")
	}
	if s.peek() == '.' {
		s.pos++
		if !s.digits() {
			return nil, s.unexpected("a digit after the point")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if !s.digits() {
			return nil, s.unexpected("a digit in the exponent")
		}
	}
	return json.Number(s.text[start:s.pos]), nil
}

// digits steps over digits and reports whether there were any.
func (s *scanner) digits() bool {
	start := s.pos
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.pos++
	}
	return s.pos > start
}

// str reads a string: RFC 8259, section 7.
func (s *scanner) str() (string, error) {
	if s.peek() != '"' {
		return "", s.unexpected("a name in double quotes")
	}
	s.pos++
	start := s.pos
	var b []byte // what is read, once it is not as it is written
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '"':
			part := s.text[start:s.pos]
			s.pos++
			if b == nil {
				return part, nil
			}
			return string(append(b, part...)), nil
		case c < ' ':
			return "", s.unexpected("an escape such as \\n in place of a control character")
		case c == '\\':
			b = append(b, s.text[start:s.pos]...)
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, r)
			start = s.pos
		default:
			s.pos++
		}
	}
	return "", s.unexpected("a double quote")
}

// escape reads what a backslash begins.
func (s *scanner) escape() (rune, error) {
	rest := s.text[s.pos:]
	if len(rest) >= 2 && rest[1] != 'u' {
		i := strings.IndexByte(`"\/bfnrt`, rest[1])
		if i < 0 {
			return 0, s.fail(s.pos, `there is no such escape; write \\ for a backslash`)
		}
		s.pos += 2
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	r := escapedUnit(rest)
	switch {
	case r < 0:
		return 0, s.fail(s.pos, `\u must be followed by four hexadecimal digits`)
	case !utf16.IsSurrogate(r):
		s.pos += 6
		return r, nil
	}
	if r = utf16.DecodeRune(r, escapedUnit(rest[6:])); r == utf8.RuneError {
		return 0, s.fail(s.pos, `half of a surrogate pair; write characters beyond U+FFFF as they are or as both halves, such as "\ud83d\ude00"`)
	}
	s.pos += 12
	return r, nil
}

// escapedUnit reads an escape like \u00e9 at the beginning of s, -1 for none.
func escapedUnit(s string) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

// unexpected is the error for something else than wanted at the position.
func (s *scanner) unexpected(want string) error {
	if s.pos >= len(s.text) {
		return s.fail(s.pos, "it ends too early")
	}
	r, _ := utf8.DecodeRuneInString(s.text[s.pos:])
	return s.fail(s.pos, fmt.Sprintf("want %s, not %q", want, r))
}

// fail is the error for what cannot be read at a byte, whose line and column
// (in bytes) it names.
func (s *scanner) fail(pos int, why string) error {
	before := s.text[:pos]
	line := strings.Count(before, "\n") + 1
	column := len(before) - strings.LastIndexByte(before, '\n')
	return At("", "the document is not valid JSON: line %d, column %d: %s", line, column, why)
}
