// SPDX-License-Identifier: Apache-2.0

package api

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A StatusRange is one status, such as 503, or several, such as 500-599.
type StatusRange string

// Bounds returns the first and the last status of a valid range.
func (r StatusRange) Bounds() (first, last int) {
	a, b, several := strings.Cut(string(r), "-")
	first, _ = strconv.Atoi(a)
	if !several {
		return first, first
	}
	last, _ = strconv.Atoi(b)
	return first, last
}

// Contains reports whether the status is in the range.
func (r StatusRange) Contains(status int) bool {
	first, last := r.Bounds()
	return first <= status && status <= last
}

// SchemaFormat names the syntax.
func (StatusRange) SchemaFormat() string { return "status_range" }

// Check says what is wrong with the range.
func (r StatusRange) Check() error {
	first, last := r.Bounds()
	spelled := string(r) == strconv.Itoa(first) || string(r) == fmt.Sprintf("%d-%d", first, last)
	if !spelled || first < 100 || last > 599 || first > last {
		return errors.New(`must be a status from 100 to 599, such as "503", or a range such as "500-599"`)
	}
	return nil
}
