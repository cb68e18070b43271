// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"math"
	"reflect"
)

func (d *decoder) text(t *Type, n *node, v reflect.Value) {
	s, ok := n.token.(string)
	if !ok {
		d.mismatch("a string", n)
		return
	}
	v.SetString(s)
	if msg := t.Checks.text(s, d.secret); msg != "" {
		d.fail("%s", msg)
		return
	}
	if !t.check {
		return
	}
	if err := v.Interface().(Checker).Check(); err != nil {
		if d.secret { // the type's own words may repeat the value
			d.fail("is not a valid %s", t.Checks.Format)
			return
		}
		d.fail("%s", err)
	}
}

func (d *decoder) integer(t *Type, n *node, v reflect.Value) {
	num, ok := n.token.(json.Number)
	if !ok {
		d.mismatch("a whole number", n)
		return
	}
	i, ok := wholeNumber(string(num))
	if !ok {
		if f, err := num.Float64(); err != nil || f == math.Trunc(f) {
			d.outOfRange(t, v, string(num))
			return
		}
		d.mismatch("a whole number", n)
		return
	}
	if msg := t.Checks.bounds(float64(i), showNumber); msg != "" {
		d.fail("%s", msg)
		return
	}
	switch {
	case v.CanInt() && !v.OverflowInt(i):
		v.SetInt(i)
	case v.CanUint() && i >= 0 && !v.OverflowUint(uint64(i)):
		v.SetUint(uint64(i))
	default:
		d.outOfRange(t, v, string(num))
	}
}

// outOfRange reports a number beyond the limits of its check, or of its Go type.
func (d *decoder) outOfRange(t *Type, v reflect.Value, num string) {
	low, high := goRange(v.Type())
	if t.Checks.Min != nil {
		low = max(low, *t.Checks.Min)
	}
	if t.Checks.Max != nil {
		high = min(high, *t.Checks.Max)
	}
	d.fail("must be between %s and %s, is %s", showNumber(low), showNumber(high), clip(num))
}

// goRange returns the limits of a Go type of whole numbers.
func goRange(g reflect.Type) (low, high float64) {
	if g.Kind() == reflect.Uint16 || g.Kind() == reflect.Uint32 {
		return 0, math.Ldexp(1, g.Bits()) - 1
	}
	return -math.Ldexp(1, g.Bits()-1), math.Ldexp(1, g.Bits()-1) - 1
}

func (d *decoder) float(t *Type, n *node, v reflect.Value) {
	num, ok := n.token.(json.Number)
	if !ok {
		d.mismatch("a number", n)
		return
	}
	f, err := num.Float64()
	if err != nil {
		d.fail("must be a number within what 64 bits can hold, is %s", clip(string(num)))
		return
	}
	v.SetFloat(f)
	if msg := t.Checks.bounds(f, showNumber); msg != "" {
		d.fail("%s", msg)
	}
}

func (d *decoder) duration(t *Type, n *node, v reflect.Value) {
	s, ok := n.token.(string)
	if !ok {
		d.mismatch(durationWords, n)
		return
	}
	dur, err := ParseDuration(s)
	if err != nil {
		d.fail("%s", err)
		return
	}
	v.SetInt(int64(dur))
	if msg := t.Checks.bounds(float64(dur), showDuration); msg != "" {
		d.fail("%s", msg)
	}
}
