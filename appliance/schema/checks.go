// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Checks are the rules a value must keep beyond its kind.
type Checks struct {
	Min, Max *float64 // of a number, a Duration in nanoseconds, or a length
	Enum     []string // the only strings allowed
	Format   string   // named syntax of a string: see formats.go, or the type's own
	Ref      string   // the string is the id of an object of this kind
	Unique   bool     // no two elements of a list are equal
	Keys     string   // format of a map's keys
}

// parseChecks reads a check tag. On lists and maps, enum, format, ref and
// whatever starts with "each." go to the elements.
func (t *Type) parseChecks(tag string) error {
	if tag == "" {
		return nil
	}
	for rule := range strings.SplitSeq(tag, ",") {
		name, value, _ := strings.Cut(rule, "=")
		to := t
		if rest, ok := strings.CutPrefix(name, "each."); ok {
			name, to = rest, t.Elem
		} else if t.Elem != nil && (name == "enum" || name == "format" || name == "ref") {
			to = t.Elem
		}
		if to == nil {
			return fmt.Errorf("check %q needs a list or map", rule)
		}
		if err := to.addCheck(name, value); err != nil {
			return fmt.Errorf("check %q: %w", rule, err)
		}
	}
	return nil
}

func (t *Type) addCheck(name, value string) error {
	if kinds, ok := checkKinds[name]; !ok {
		return fmt.Errorf("no check is called %q", name)
	} else if !slices.Contains(kinds, t.Kind) {
		return fmt.Errorf("does not apply to the kind %s", t.Kind)
	}
	switch name {
	case "min", "max":
		return t.addBound(name, value)
	case "enum":
		t.Checks.Enum = strings.Split(value, "|")
		if slices.Contains(t.Checks.Enum, "") {
			return errors.New("allows the empty string; leave the field out instead")
		}
	case "format", "keys":
		if formats[value] == nil {
			return fmt.Errorf("no format %q", value)
		}
		if name == "keys" {
			t.Checks.Keys = value
		} else {
			t.Checks.Format = value
		}
	case "ref":
		t.Checks.Ref, t.Checks.Format = value, "id"
	case "unique":
		t.Checks.Unique = true
	}
	return nil
}

// checkKinds are the kinds that each check has a meaning for.
var checkKinds = map[string][]Kind{
	"min":    {String, Int, Float, DurationKind, List, Map},
	"max":    {String, Int, Float, DurationKind, List, Map},
	"enum":   {String},
	"format": {String},
	"ref":    {String},
	"keys":   {Map},
	"unique": {List},
}

func (t *Type) addBound(name, value string) error {
	n, err := t.parseBound(value)
	if err != nil {
		return err
	}
	if name == "min" {
		t.Checks.Min = &n
	} else {
		t.Checks.Max = &n
	}
	if c := &t.Checks; c.Min != nil && c.Max != nil && *c.Min > *c.Max {
		return errors.New("the least is more than the most")
	}
	return nil
}

func (t *Type) parseBound(s string) (float64, error) {
	if t.Kind == DurationKind {
		d, err := time.ParseDuration(s)
		return float64(d), err
	}
	return strconv.ParseFloat(s, 64)
}

// bounds says how a number or a length breaks its limits, or "".
func (c *Checks) bounds(n float64, show func(float64) string) string {
	if limits := c.limits(n, show); limits != "" {
		return "must be " + limits + ", is " + show(n)
	}
	return ""
}

// limits names the limits that n breaks, or "".
func (c *Checks) limits(n float64, show func(float64) string) string {
	low, high := c.Min != nil && n < *c.Min, c.Max != nil && n > *c.Max
	switch {
	case !low && !high:
		return ""
	case c.Min != nil && c.Max != nil:
		return "between " + show(*c.Min) + " and " + show(*c.Max)
	case low:
		return "at least " + show(*c.Min)
	}
	return "at most " + show(*c.Max)
}

// length says how a number of things breaks the limits, or "".
func (c *Checks) length(n int, things string) string {
	if n == 0 && c.Min != nil && *c.Min == 1 {
		return "must not be empty"
	}
	limits := c.limits(float64(n), showNumber)
	if limits == "" {
		return ""
	}
	return fmt.Sprintf("must have %s %s, has %d", limits, things, n)
}

// text says what is wrong with a string, or "". It repeats the string unless
// that is a secret.
func (c *Checks) text(s string, secret bool) string {
	if msg := c.length(utf8.RuneCountInString(s), "characters"); msg != "" {
		return msg
	}
	if c.Enum != nil && !slices.Contains(c.Enum, s) {
		msg := "must be one of " + quoteAll(c.Enum)
		if secret {
			return msg
		}
		return msg + shown(s) + DidYouMean(s, c.Enum)
	}
	f := formats[c.Format]
	if f == nil {
		return ""
	}
	err := f(s)
	switch {
	case err == nil:
		return ""
	case secret:
		return err.Error()
	}
	return err.Error() + shown(s)
}

// shown repeats a wrong value, cut where it is long; text of several lines is
// not repeated.
func shown(s string) string {
	if strings.ContainsRune(s, '\n') {
		return ""
	}
	return fmt.Sprintf("; is %q", clip(s))
}

// clip keeps an error readable when the input is not.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-3], "") + "..."
}

func quoteAll(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = strconv.Quote(n)
	}
	return strings.Join(q, ", ")
}

// showNumber writes a number as a person would: 1048576, not 1.048576e+06.
func showNumber(n float64) string {
	if n == math.Trunc(n) && math.Abs(n) < 1e15 {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}

func showDuration(n float64) string { return Duration(n).String() }
