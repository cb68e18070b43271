// SPDX-License-Identifier: Apache-2.0

package hpack

// A Section is a decoded field section, or as much of it as has been written.
type Section struct {
	Fields []Field // in their order, those behind the limits left out
	Size   int     // of the fields until the limits are exceeded, as Field.Size counts
	Over   bool    // there are more fields or bytes than the limits allow
	Flags  Flags   // of all of Fields together
}

// A Decoder decodes the field sections of one direction of a connection. Init
// comes first, then for each section Begin, Write for each of its parts, Close
// and End.
type Decoder struct {
	// Section is the current section. Its fields are valid until End or Begin;
	// their strings stay.
	Section Section

	table               decoderTable
	recent              recent
	maxString           int
	maxBytes, maxFields int

	started bool   // the section has a field: no more updates of the size
	rest    []byte // of a field that is not complete
	scratch []byte // what Huffman codes are decoded into
	err     error
}

// maxKept is how much of a buffer for the rest of a field or for decoded
// strings stays with an unused decoder, in bytes.
const maxKept = 512

// Init prepares the decoder. maxTable is what SETTINGS_HEADER_TABLE_SIZE tells
// the peer, in bytes, or the 4096 that the peer goes by until it has read it,
// whichever is more. maxString is how long a name or value may be, in bytes, as
// sent and decoded: the bytes of one field are kept until it is complete.
//
// There is no way to lower the size later, so that the peer never has to send
// an update.
func (d *Decoder) Init(maxTable uint32, maxString int) {
	*d = Decoder{maxString: maxString}
	d.table.limit, d.table.most = maxTable, maxTable
}

// Begin begins a section of which at most that many bytes, as Field.Size
// counts, and that many fields are wanted (RFC 9113, section 10.5.1). What is
// behind goes into the dynamic table only.
func (d *Decoder) Begin(maxBytes, maxFields int) {
	d.maxBytes, d.maxFields = maxBytes, maxFields
	d.Section = Section{Fields: d.Section.Fields[:0]}
	d.started = false
	d.rest = d.rest[:0]
}

// Write decodes a part of the section, of any length. After an error, one of
// those of this package, the decoder does not go on.
func (d *Decoder) Write(part []byte) error {
	if d.err != nil {
		return d.err
	}
	p := part
	if len(d.rest) > 0 {
		d.rest = append(d.rest, part...)
		p = d.rest
	}
	n := 0
	for n < len(p) {
		if i := uint32(p[n]) - indexedField; i < 0x7f { // most fields of most sections
			f := d.table.find(i)
			if f == nil {
				d.err = ErrIndex
				return d.err
			}
			d.emit(f)
			n++
			continue
		}
		m, err := d.instruction(p[n:])
		if err != nil {
			d.err = err
			return err
		}
		if m == 0 {
			break
		}
		n += m
	}
	if n == len(p) {
		d.rest = d.rest[:0]
	} else if n > 0 || len(d.rest) == 0 {
		d.rest = append(d.rest[:0], p[n:]...)
	}
	return nil
}

// Close ends the section: nothing may be missing.
func (d *Decoder) Close() error {
	if d.err == nil && len(d.rest) > 0 {
		d.err = ErrTruncated
	}
	return d.err
}

// End forgets the section, but for its memory if that is not large.
func (d *Decoder) End() {
	clear(d.Section.Fields)
	if cap(d.Section.Fields) > 64 {
		d.Section.Fields = nil
	}
	d.Section = Section{Fields: d.Section.Fields[:0]}
	if cap(d.rest) > maxKept {
		d.rest = nil
	}
	if cap(d.scratch) > maxKept {
		d.scratch = nil
	}
}

// instruction decodes what p begins with (RFC 7541, section 6). It returns how
// many bytes that was, 0 if some are missing. p is not empty.
func (d *Decoder) instruction(p []byte) (int, error) {
	switch b := p[0]; {
	case b >= indexedField:
		index, n, err := readInt(p, 7)
		if n == 0 {
			return 0, err
		}
		f := d.table.find(index)
		if f == nil {
			return 0, ErrIndex
		}
		d.emit(f)
		return n, nil
	case b >= literalIndexed:
		return d.literal(p, 6, Indexed)
	case b >= sizeUpdate:
		return d.resize(p)
	case b >= literalNever:
		return d.literal(p, 4, Never)
	}
	return d.literal(p, 4, Unindexed)
}

// emit adds a field to the section.
func (d *Decoder) emit(f *Field) {
	d.started = true
	s := &d.Section
	s.Size += f.Size()
	if s.Size > d.maxBytes || len(s.Fields) >= d.maxFields {
		s.Over = true
		return
	}
	s.Flags |= f.Flags
	s.Fields = append(s.Fields, *f)
}

// resize takes an update of the table's size (RFC 7541, sections 4.2 and 6.3).
func (d *Decoder) resize(p []byte) (int, error) {
	if d.started {
		return 0, ErrSizeUpdate
	}
	size, n, err := readInt(p, 5)
	if n == 0 {
		return 0, err
	}
	if size > d.table.most {
		return 0, ErrSizeUpdate
	}
	d.table.resize(size)
	return n, nil
}

// literal decodes a literal field (RFC 7541, section 6.2).
func (d *Decoder) literal(p []byte, prefix uint, as Index) (int, error) {
	index, n, err := readInt(p, prefix)
	if n == 0 {
		return 0, err
	}
	var f Field
	var name, value coded
	if index != 0 {
		from := d.table.find(index)
		if from == nil {
			return 0, ErrIndex
		}
		f = Field{Name: from.Name, Kind: from.Kind, Flags: from.Flags & BadName}
	} else {
		m := 0
		if name, m, err = d.readString(p[n:]); m == 0 {
			return 0, err
		}
		n += m
	}
	m := 0
	if value, m, err = d.readString(p[n:]); m == 0 {
		return 0, err
	}
	n += m
	if as != Indexed && d.Section.Over {
		return n, d.skip(index == 0, name, value)
	}
	if index == 0 {
		if err := d.name(&f, name); err != nil {
			return 0, err
		}
	}
	if err := d.value(&f, value, as != Never); err != nil {
		return 0, err
	}
	switch as {
	case Indexed:
		d.table.add(&f)
	case Never:
		f.Flags |= Sensitive
	}
	d.emit(&f)
	return n, nil
}
