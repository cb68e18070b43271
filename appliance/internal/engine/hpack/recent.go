// SPDX-License-Identifier: Apache-2.0

package hpack

// A recent holds literal strings that came more than once, as they were sent:
// whoever sends one again and again without indexing it (:path, from many
// clients) costs neither decoding nor memory. One place for each hash; a
// string enters at its second coming, so that what never comes again does not
// displace anything. Nothing is allocated before.
type recent struct {
	seen    [recentLen]uint32 // the hash of what came last and was not there
	strings *[recentLen]recentString
}

const (
	recentLen = 1 << slotBits // places
	maxRecent = 64            // bytes of a string, as sent
)

type recentString struct {
	sent, text string
	role       uint8
	kind       Kind  // of a name
	flags      Flags // of it as a name or a value
}

// The roles of strings. What is judged as a name is not found as a value.
const (
	ofName uint8 = 1 + iota
	ofValue
	inHuffman = 0x80 // added
)

// find looks for a string. It also returns its hash, for keep.
func (r *recent) find(s coded, role uint8) (uint32, *recentString) {
	if len(s.p) > maxRecent {
		return 0, nil
	}
	if s.huffman {
		role |= inHuffman
	}
	hash := hashBytes(s.p) + uint32(role)*(mixA>>32)
	if r.strings != nil {
		if e := &r.strings[slotOf(hash)]; e.role == role && e.sent == string(s.p) {
			return hash, e
		}
	}
	return hash, nil
}

// keep keeps a string that find did not find, if it came before.
func (r *recent) keep(hash uint32, s coded, e recentString) {
	if len(s.p) > maxRecent {
		return
	}
	if seen := &r.seen[slotOf(hash)]; *seen != hash {
		*seen = hash
		return
	}
	if r.strings == nil {
		r.strings = new([recentLen]recentString)
	}
	e.sent = e.text
	if s.huffman {
		e.role |= inHuffman
		e.sent = string(s.p)
	}
	r.strings[slotOf(hash)] = e
}
