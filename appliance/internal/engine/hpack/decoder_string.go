// SPDX-License-Identifier: Apache-2.0

package hpack

// A coded is a string as it was sent (RFC 7541, section 5.2).
type coded struct {
	p       []byte
	huffman bool
}

// readString reads a string without decoding it. It returns how many bytes it
// takes, 0 if some are missing.
func (d *Decoder) readString(p []byte) (s coded, n int, err error) {
	if len(p) == 0 {
		return s, 0, nil
	}
	length := uint32(p[0] & 0x7f)
	if n = 1; length == 0x7f {
		if length, n, err = readInt(p, 7); n == 0 {
			return s, 0, err
		}
	}
	if uint64(length) > uint64(d.maxString) {
		return s, 0, ErrStringTooLong
	}
	end := n + int(length)
	if end > len(p) {
		return s, 0, nil
	}
	return coded{p[n:end], p[0] >= huffmanCoded}, end, nil
}

// decode returns the bytes of a string, valid until the next call, and whether
// they may have control characters among them.
func (d *Decoder) decode(s coded) (p []byte, rare bool, err error) {
	if !s.huffman {
		return s.p, true, nil
	}
	need := min(len(s.p)*8/minCode, d.maxString) + 2
	if cap(d.scratch) < need {
		d.scratch = make([]byte, max(need, maxKept/2))
	}
	n, rare, err := decodeHuffman(d.scratch[:need], s.p)
	if err == nil && n > d.maxString {
		err = ErrStringTooLong
	}
	return d.scratch[:n], rare, err
}

// name decodes the name of a field, and judges it.
func (d *Decoder) name(f *Field, s coded) error {
	hash, known := d.recent.find(s, ofName)
	if known != nil {
		f.Name, f.Kind, f.Flags = known.text, known.kind, known.flags
		return nil
	}
	p, _, err := d.decode(s)
	if err != nil {
		return err
	}
	f.Name = string(p)
	if i, _ := findStatic(f.Name, ""); i > 0 {
		f.Name, f.Kind = static[i-1].Name, static[i-1].Kind
	} else {
		f.Flags = nameFlags(f.Name)
		f.Kind = KindOf(f.Name)
	}
	d.recent.keep(hash, s, recentString{text: f.Name, role: ofName, kind: f.Kind, flags: f.Flags})
	return nil
}

// value decodes the value of a field, and judges it.
func (d *Decoder) value(f *Field, s coded, keep bool) error {
	hash := uint32(0)
	if keep {
		var known *recentString
		if hash, known = d.recent.find(s, ofValue); known != nil {
			f.Value = known.text
			f.Flags |= known.flags
			return nil
		}
	}
	p, rare, err := d.decode(s)
	if err != nil {
		return err
	}
	flags := edges(p)
	if rare {
		flags = valueFlags(p)
	}
	f.Value = string(p)
	f.Flags |= flags
	if keep {
		d.recent.keep(hash, s, recentString{text: f.Value, role: ofValue, flags: flags})
	}
	return nil
}

// skip checks the code of a field that is not wanted.
func (d *Decoder) skip(named bool, name, value coded) error {
	if named {
		if _, _, err := d.decode(name); err != nil {
			return err
		}
	}
	_, _, err := d.decode(value)
	return err
}
