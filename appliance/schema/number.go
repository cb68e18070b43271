// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"strconv"
	"strings"
)

// wholeNumber reads a JSON number that is whole and fits 64 bits. It accepts
// 5.0 and 5e0 for 5: a tool that keeps numbers as floats may write them so.
// It works on the digits and so never rounds.
func wholeNumber(s string) (int64, bool) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, true
	}
	mantissa, power, exponent := s, "", 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, power = s[:i], s[i+1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	fraction = strings.TrimRight(fraction, "0")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return 0, true
	}
	if power != "" {
		var err error
		if exponent, err = strconv.Atoi(power); err != nil {
			return 0, false
		}
	}
	significant := strings.TrimRight(digits, "0")
	zeros := exponent - len(fraction) + len(digits) - len(significant)
	if zeros < 0 || zeros > 18 {
		return 0, false
	}
	i, err := strconv.ParseInt(sign+significant+strings.Repeat("0", zeros), 10, 64)
	return i, err == nil
}

// canonicalNumber writes a whole number without point or exponent.
func canonicalNumber(s string) string {
	if i, ok := wholeNumber(s); ok {
		return strconv.FormatInt(i, 10)
	}
	return s
}
