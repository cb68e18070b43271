// SPDX-License-Identifier: Apache-2.0

package hpack

// A Field is a decoded field.
type Field struct {
	Name, Value string
	Kind        Kind  // what the name is
	Flags       Flags // what is to be known of the field
}

// Size returns what a field counts, in bytes: in the dynamic table (RFC 7541,
// section 4.1) as in SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113, section 6.5.2).
func (f *Field) Size() int { return len(f.Name) + len(f.Value) + fieldOverhead }

const fieldOverhead = 32

// Flags say what is to be known of a field, or of all of a section.
type Flags uint8

const (
	// BadName: the name is no token in small letters, behind the colon of a
	// pseudo-header field (RFC 9113, section 8.2.1; RFC 9110, section 5.6.2).
	BadName Flags = 1 << iota
	// BadValue: the value has control characters other than tabs, or blanks
	// around it (RFC 9113, section 8.2.1; RFC 9110, section 5.5).
	BadValue
	// Sensitive: the field was sent as never indexed. Who passes it on has to
	// use [Never] (RFC 7541, section 6.2.3).
	Sensitive
)

// A Kind says what the name of a field is, as far as HTTP/2 treats it apart.
type Kind uint8

// The kinds of names. Those from Method to UnknownPseudo are of pseudo-header
// fields (RFC 9113, section 8.3).
const (
	Regular            Kind = iota // none of those below
	Method                         // :method
	Scheme                         // :scheme
	Authority                      // :authority
	Path                           // :path
	Status                         // :status
	Protocol                       // :protocol (RFC 8441, section 4)
	UnknownPseudo                  // another one with a colon
	Host                           // host (RFC 9113, section 8.3.1)
	Cookie                         // cookie (RFC 9113, section 8.2.3)
	ContentLength                  // content-length (RFC 9113, section 8.1.1)
	TE                             // te (RFC 9113, section 8.2.2)
	ConnectionSpecific             // what HTTP/2 does not have (RFC 9113, section 8.2.2)
)

// Pseudo reports whether the name is that of a pseudo-header field.
func (k Kind) Pseudo() bool { return k-Method <= UnknownPseudo-Method }

// KindOf returns the kind of a name in small letters.
func KindOf(name string) Kind {
	switch name {
	case ":method":
		return Method
	case ":scheme":
		return Scheme
	case ":authority":
		return Authority
	case ":path":
		return Path
	case ":status":
		return Status
	case ":protocol":
		return Protocol
	case "host":
		return Host
	case "cookie":
		return Cookie
	case "content-length":
		return ContentLength
	case "te":
		return TE
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings":
		return ConnectionSpecific
	}
	if name != "" && name[0] == ':' {
		return UnknownPseudo
	}
	return Regular
}
