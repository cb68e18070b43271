// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"testing"
	"time"
)

func TestReadGRPCTimeout(t *testing.T) {
	for _, test := range []struct {
		text string
		want time.Duration
		ok   bool
	}{
		{"1H", time.Hour, true}, {"2M", 2 * time.Minute, true}, {"3S", 3 * time.Second, true}, {"4m", 4 * time.Millisecond, true},
		{"5u", 5 * time.Microsecond, true}, {"6n", 6, true}, {"0S", 0, true}, {"00000007S", 7 * time.Second, true},
		{"99999999H", 24 * 365 * time.Hour, true}, {"99999999M", 99999999 * time.Minute, true},
		{"", 0, false}, {"S", 0, false}, {"1", 0, false}, {"1s", 0, false}, {"-1S", 0, false}, {"1.5S", 0, false}, {" 1S", 0, false}, {"123456789S", 0, false},
	} {
		if got, ok := grpcTimeout(test.text); got != test.want || ok != test.ok {
			t.Errorf("%q: %s, %t; want %s, %t", test.text, got, ok, test.want, test.ok)
		}
	}
}

// Whatever a client sends, a timeout is never negative.
func FuzzGRPCTimeout(f *testing.F) {
	f.Add("99999999H")
	f.Add("1n")
	f.Fuzz(func(t *testing.T, s string) {
		if got, ok := grpcTimeout(s); got < 0 || !ok && got != 0 {
			t.Errorf("%q: %s, %t", s, got, ok)
		}
	})
}

// What is told to the target is never more than what is left, and hardly less.
func TestFormatGRPCTimeout(t *testing.T) {
	for _, d := range []time.Duration{-1, 0, 1, 99_999_999, 100_000_000, time.Second - 1, time.Second, time.Minute, time.Hour, 24 * 365 * time.Hour} {
		text := formatGRPCTimeout(d)
		got, ok := grpcTimeout(text)
		if !ok || got > max(d, 1) || max(d, 1)-got > max(d, 1)/1_000_000 {
			t.Errorf("%s: %q is %s", d, text, got)
		}
	}
}
