// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
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
	switch name {
	case "min", "max":
		n, err := t.parseBound(value)
		if err != nil {
			return err
		}
		if name == "min" {
			t.Checks.Min = &n
		} else {
			t.Checks.Max = &n
		}
	case "enum":
		t.Checks.Enum = strings.Split(value, "|")
	case "format":
		if formats[value] == nil {
			return fmt.Errorf("no format %q", value)
		}
		t.Checks.Format = value
	case "keys":
		if formats[value] == nil {
			return fmt.Errorf("no format %q", value)
		}
		t.Checks.Keys = value
	case "ref":
		t.Checks.Ref, t.Checks.Format = value, "id"
	case "unique":
		t.Checks.Unique = true
	default:
		return fmt.Errorf("no check is called %q", name)
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
func (c *Checks) bounds(n float64, show func(float64) string, noun string) string {
	low, high := c.Min != nil && n < *c.Min, c.Max != nil && n > *c.Max
	switch {
	case math.IsNaN(n):
		return "must be a number"
	case !low && !high:
		return ""
	case c.Min != nil && c.Max != nil:
		return fmt.Sprintf("must %s between %s and %s, is %s", noun, show(*c.Min), show(*c.Max), show(n))
	case low:
		return fmt.Sprintf("must %s at least %s, is %s", noun, show(*c.Min), show(n))
	}
	return fmt.Sprintf("must %s at most %s, is %s", noun, show(*c.Max), show(n))
}

func (c *Checks) length(n int, things string) string {
	if n == 0 && c.Min != nil && *c.Min == 1 {
		return "must not be empty"
	}
	show := func(f float64) string { return strconv.Itoa(int(f)) }
	msg := c.bounds(float64(n), show, "have")
	if msg == "" {
		return ""
	}
	head, is, _ := strings.Cut(msg, ", is ")
	return head + " " + things + ", has " + is
}

// text says what is wrong with a string, or "".
func (c *Checks) text(s string) string {
	if msg := c.length(len(s), "characters"); msg != "" {
		return msg
	}
	if c.Enum != nil {
		for _, e := range c.Enum {
			if s == e {
				return ""
			}
		}
		return fmt.Sprintf("must be one of %s; is %q", quoteAll(c.Enum), s) + didYouMean(s, c.Enum)
	}
	if f := formats[c.Format]; f != nil {
		if err := f(s); err != nil {
			return err.Error()
		}
	}
	return ""
}

func quoteAll(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = strconv.Quote(n)
	}
	return strings.Join(q, ", ")
}

func showNumber(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) }

func showDuration(n float64) string { return Duration(n).String() }
