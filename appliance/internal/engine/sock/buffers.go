// SPDX-License-Identifier: Apache-2.0

package sock

import "sync"

// Sizes of the buffers that connections share, in bytes: a head or a small
// message, and a part of a large body.
const (
	SmallSize = 16 << 10
	LargeSize = 128 << 10
)

type (
	// Small is a buffer for a head or a small message.
	Small [SmallSize]byte
	// Large is a buffer for a part of a large body.
	Large [LargeSize]byte
)

var (
	smalls = sync.Pool{New: func() any { return new(Small) }}
	larges = sync.Pool{New: func() any { return new(Large) }}
)

// GetSmall takes a buffer, whose content is arbitrary.
func GetSmall() *Small { return smalls.Get().(*Small) }

// PutSmall gives a buffer back.
func PutSmall(b *Small) { smalls.Put(b) }

// GetLarge takes a buffer, whose content is arbitrary.
func GetLarge() *Large { return larges.Get().(*Large) }

// PutLarge gives a buffer back.
func PutLarge(b *Large) { larges.Put(b) }
