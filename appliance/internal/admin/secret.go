// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// secretPrefix lets people and secret scanners recognise a token.
const secretPrefix = "pst_"

var secretEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newSecret returns the prefix, 256 random bits and a checksum.
func newSecret() string {
	secret := make([]byte, 32, 36)
	_, _ = rand.Read(secret) // it never fails
	secret = binary.BigEndian.AppendUint32(secret, crc32.ChecksumIEEE(secret))
	return secretPrefix + secretEncoding.EncodeToString(secret)
}

// damaged reports whether a secret was made here and lost or changed a
// character since. It finds mistakes of copying; it proves nothing.
func damaged(secret string) bool {
	text, ok := strings.CutPrefix(secret, secretPrefix)
	if !ok {
		return false
	}
	b, err := secretEncoding.DecodeString(text)
	return err != nil || len(b) != 36 || crc32.ChecksumIEEE(b[:32]) != binary.BigEndian.Uint32(b[32:])
}

// A fingerprint is what is kept of a secret. A secret has too many bits to be
// guessed, so one round of a fast hash is enough.
type fingerprint [sha256.Size]byte

func fingerprintOf(secret string) fingerprint { return sha256.Sum256([]byte(secret)) }
