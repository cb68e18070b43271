// SPDX-License-Identifier: Apache-2.0

package hpack

// staticLen is the length of the static table; the dynamic table's indices
// begin behind it (RFC 7541, section 2.3.3).
const staticLen = 61

// static is the static table, index 1 first (RFC 7541, appendix A).
var static = func() (table [staticLen]Field) {
	for i, pair := range [staticLen][2]string{
		{":authority"},                       // 1
		{":method", "GET"},                   // 2
		{":method", "POST"},                  // 3
		{":path", "/"},                       // 4
		{":path", "/index.html"},             // 5
		{":scheme", "http"},                  // 6
		{":scheme", "https"},                 // 7
		{":status", "200"},                   // 8
		{":status", "204"},                   // 9
		{":status", "206"},                   // 10
		{":status", "304"},                   // 11
		{":status", "400"},                   // 12
		{":status", "404"},                   // 13
		{":status", "500"},                   // 14
		{"accept-charset"},                   // 15
		{"accept-encoding", "gzip, deflate"}, // 16
		{"accept-language"},                  // 17
		{"accept-ranges"},                    // 18
		{"accept"},                           // 19
		{"access-control-allow-origin"},      // 20
		{"age"},                              // 21
		{"allow"},                            // 22
		{"authorization"},                    // 23
		{"cache-control"},                    // 24
		{"content-disposition"},              // 25
		{"content-encoding"},                 // 26
		{"content-language"},                 // 27
		{"content-length"},                   // 28
		{"content-location"},                 // 29
		{"content-range"},                    // 30
		{"content-type"},                     // 31
		{"cookie"},                           // 32
		{"date"},                             // 33
		{"etag"},                             // 34
		{"expect"},                           // 35
		{"expires"},                          // 36
		{"from"},                             // 37
		{"host"},                             // 38
		{"if-match"},                         // 39
		{"if-modified-since"},                // 40
		{"if-none-match"},                    // 41
		{"if-range"},                         // 42
		{"if-unmodified-since"},              // 43
		{"last-modified"},                    // 44
		{"link"},                             // 45
		{"location"},                         // 46
		{"max-forwards"},                     // 47
		{"proxy-authenticate"},               // 48
		{"proxy-authorization"},              // 49
		{"range"},                            // 50
		{"referer"},                          // 51
		{"refresh"},                          // 52
		{"retry-after"},                      // 53
		{"server"},                           // 54
		{"set-cookie"},                       // 55
		{"strict-transport-security"},        // 56
		{"transfer-encoding"},                // 57
		{"user-agent"},                       // 58
		{"vary"},                             // 59
		{"via"},                              // 60
		{"www-authenticate"},                 // 61
	} {
		table[i] = Field{Name: pair[0], Value: pair[1], Kind: KindOf(pair[0])}
	}
	return table
}()

// A staticName is a name of the static table: the entries from first to last
// have it, indices as on the wire. valued says whether they have values.
type staticName struct {
	name        string
	first, last uint8
	valued      bool
}

// staticNames has each name at its slot.
var staticNames = func() (slots [staticSlots]staticName) {
	for i, f := range static {
		s := &slots[staticSlot(f.Name)]
		if s.name == "" {
			s.name, s.first = f.Name, uint8(i+1)
		}
		s.last = uint8(i + 1)
		s.valued = s.valued || f.Value != ""
	}
	return slots
}()

const staticSlots = 128

// staticSlot tells the static table's names apart by their lengths, first and
// last bytes. The factors have been searched for. The name is not empty.
func staticSlot(name string) uint32 {
	n := len(name)
	return (uint32(n)*59 + uint32(name[0])*38 + uint32(name[n-1])*51) % staticSlots
}

// findStatic looks for a pair in the static table. It returns its index and
// true, or the first index with its name, 0 if there is none.
func findStatic(name, value string) (index uint32, pair bool) {
	if name == "" {
		return 0, false
	}
	s := &staticNames[staticSlot(name)]
	if s.name != name {
		return 0, false
	}
	if !s.valued {
		return uint32(s.first), value == ""
	}
	for i := s.first; i <= s.last; i++ {
		if static[i-1].Value == value {
			return uint32(i), true
		}
	}
	return uint32(s.first), false
}
