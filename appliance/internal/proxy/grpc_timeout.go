// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"strconv"
	"time"
)

const grpcTimeoutField = "grpc-timeout"

// passTime tells the target how much is left of the time that a gRPC call has,
// whoever set it.
func (x *exchange) passTime() {
	deadline := x.Request.Deadline
	if deadline.IsZero() || !x.Request.IsGRPC() {
		return
	}
	x.Request.Header.Set(grpcTimeoutField, formatGRPCTimeout(time.Until(deadline)))
}

// formatGRPCTimeout writes a Timeout of the gRPC protocol over HTTP/2, at most
// eight digits and a unit, as exactly as that allows and never too long.
func formatGRPCTimeout(d time.Duration) string {
	const most = 99_999_999
	d = max(d, 1)
	for _, unit := range [...]struct {
		length time.Duration
		letter byte
	}{{1, 'n'}, {time.Microsecond, 'u'}, {time.Millisecond, 'm'}, {time.Second, 'S'}, {time.Minute, 'M'}} {
		if n := int64(d / unit.length); n <= most {
			var text [9]byte
			return string(append(strconv.AppendInt(text[:0], n, 10), unit.letter))
		}
	}
	return strconv.FormatInt(min(int64(d/time.Hour), most), 10) + "H"
}

// grpcTimeout reads a Timeout of the gRPC protocol over HTTP/2: one to eight
// digits and a unit.
func grpcTimeout(s string) (time.Duration, bool) {
	if len(s) < 2 || len(s) > 9 {
		return 0, false
	}
	var n int64
	for _, c := range []byte(s[:len(s)-1]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	switch s[len(s)-1] {
	case 'H':
		return time.Duration(min(n, 24*365)) * time.Hour, true // or it would overflow
	case 'M':
		return time.Duration(n) * time.Minute, true
	case 'S':
		return time.Duration(n) * time.Second, true
	case 'm':
		return time.Duration(n) * time.Millisecond, true
	case 'u':
		return time.Duration(n) * time.Microsecond, true
	case 'n':
		return time.Duration(n), true
	}
	return 0, false
}
