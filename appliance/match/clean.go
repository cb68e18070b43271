// SPDX-License-Identifier: Apache-2.0

package match

import (
	"fmt"
	"strings"
)

// A PathError says why a path is refused. The answer to it is 400.
type PathError struct {
	Path   string
	Reason string
}

func (e *PathError) Error() string { return fmt.Sprintf("path %q: %s", clip(e.Path), e.Reason) }

// What a byte means in a path.
const (
	refused byte = iota // never stands in a path, encoded or not
	encoded             // stands in a path only as %XX
	plain               // stands for itself: pchar of RFC 3986, section 3.3
	slash
	percent
	noURI // cannot stand in a path, but may when encoded
)

var meaning = func() (t [256]byte) {
	for c := range 256 {
		switch {
		case c < ' ' || c == 0x7f || c == '\\':
			t[c] = refused
		case c == ' ' || c == '#' || c == '?':
			t[c] = noURI
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c < 0x80 && strings.IndexByte("-._~!$&'()*+,;=:@", byte(c)) >= 0:
			t[c] = plain
		case c == '/':
			t[c] = slash
		case c == '%':
			t[c] = percent
		default:
			t[c] = encoded
		}
	}
	return t
}()

// CleanPath returns the form of a request's path that patterns are matched
// with, or a *PathError if gateway and upstream might not read the path
// alike: see the package comment. It returns a path without percent-encoding
// as it is, without allocation. The path "*" of OPTIONS is clean.
func CleanPath(path string) (string, error) {
	if path == "" || path[0] != '/' {
		if path == "*" {
			return path, nil
		}
		return "", &PathError{path, `does not begin with "/"`}
	}
	for i := range len(path) {
		switch meaning[path[i]] {
		case plain:
			if path[i] == '.' && path[i-1] == '/' && isDots(path[i:]) {
				return "", &PathError{path, dotSegment}
			}
		case slash:
			if i > 0 && path[i-1] == '/' {
				return rewritePath(path, i)
			}
		default:
			return rewritePath(path, i)
		}
	}
	return path, nil
}

const dotSegment = `has a segment "." or ".."`

// isDots reports whether s begins with a whole segment "." or "..".
func isDots(s string) bool {
	s = strings.TrimPrefix(s[1:], ".")
	return s == "" || s[0] == '/' || s[0] == ';'
}

// rewritePath goes on where CleanPath finds something to change, at path[i].
func rewritePath(path string, i int) (string, error) {
	out := make([]byte, i, len(path)+8)
	copy(out, path)
	for ; i < len(path); i++ {
		c := path[i]
		m := meaning[c]
		if m == percent {
			if i+2 >= len(path) || unhex(path[i+1]) < 0 || unhex(path[i+2]) < 0 {
				return "", &PathError{path, `has "%" without two hexadecimal digits after it`}
			}
			c = byte(unhex(path[i+1])<<4 | unhex(path[i+2]))
			i += 2
			if m = meaning[c]; m == slash {
				return "", &PathError{path, "has an encoded slash"}
			}
			if m == percent || m == noURI {
				m = encoded
			}
		}
		switch m {
		case plain:
			out = append(out, c)
		case slash:
			if out[len(out)-1] != '/' {
				out = append(out, '/')
			}
		case encoded:
			out = append(out, '%', upperHex[c>>4], upperHex[c&15])
		default:
			return "", &PathError{path, fmt.Sprintf("has the character %q", rune(c))}
		}
	}
	clean := string(out)
	for j := range len(clean) - 1 {
		if clean[j] == '/' && clean[j+1] == '.' && isDots(clean[j+1:]) {
			return "", &PathError{path, dotSegment}
		}
	}
	return clean, nil
}

const upperHex = "0123456789ABCDEF"

// unhex returns the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
