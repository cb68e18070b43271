// SPDX-License-Identifier: Apache-2.0

package syntax

// isExtension reports whether s, which is not empty, is a list of chunk
// extensions (RFC 9112, section 7.1.1). White space between the size and the
// first ";" is not taken, though it might be: others read the size otherwise.
func isExtension(s []byte) bool {
	if s[0] != ';' {
		return false
	}
	i := 0
	for {
		i = blanks(s, i+1) // behind ";"
		name := i
		i = token(s, i)
		if i == name {
			return false
		}
		if i == len(s) {
			return true
		}
		if i = blanks(s, i); i < len(s) && s[i] == '=' {
			i = blanks(s, i+1)
			value := i
			if i < len(s) && s[i] == '"' {
				i = quoted(s, i)
			} else {
				i = token(s, i)
			}
			if i == value {
				return false
			}
			if i == len(s) {
				return true
			}
			i = blanks(s, i)
		}
		if i == len(s) || s[i] != ';' {
			return false
		}
	}
}

// blanks returns the index of the first byte at or after i that is no blank.
func blanks(s []byte, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	return i
}

// token returns the end of the token at i, which is i if there is none.
func token(s []byte, i int) int {
	for i < len(s) && classes[s[i]]&inToken != 0 {
		i++
	}
	return i
}

// quoted returns the end of the quoted string at i (RFC 9110, section 5.6.4),
// or i if it has none.
func quoted(s []byte, i int) int {
	for at := i + 1; at < len(s); at++ {
		switch c := s[at]; {
		case c == '"':
			return at + 1
		case c == '\\':
			if at++; at == len(s) || isControl(s[at]) {
				return i
			}
		case isControl(c):
			return i
		}
	}
	return i
}

func isControl(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f }
