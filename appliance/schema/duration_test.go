// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

func TestDurationString(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", time.Nanosecond: "1ns", 1500 * time.Millisecond: "1.5s", time.Minute: "1m", 10 * time.Minute: "10m", 61 * time.Second: "1m1s",
		time.Hour: "1h", 10 * time.Hour: "10h", 90 * time.Minute: "1h30m", time.Hour + time.Second: "1h0m1s", 100 * time.Hour: "100h",
		-time.Minute: "-1m", math.MaxInt64: "2562047h47m16.854775807s", math.MinInt64: "-2562047h47m16.854775808s",
	} {
		if got := schema.Duration(d).String(); got != want {
			t.Errorf("%v is written %s, want %s", d, got, want)
		}
		if back, err := schema.ParseDuration(want); err != nil || back.Std() != d {
			t.Errorf("%s is read as %v, %v", want, back, err)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for _, s := range []string{"", "5", "s", "1 s", "1d", "1.5", "one", "1s ", "99999999h", "∞"} {
		if d, err := schema.ParseDuration(s); err == nil {
			t.Errorf("%q is read as %v", s, d)
		}
	}
	a, _ := schema.ParseDuration("60s")
	if b, _ := schema.ParseDuration("1m"); a != b || a == 0 {
		t.Errorf("60s is %v and 1m is %v", a, b)
	}
}

func TestDurationJSON(t *testing.T) {
	d := schema.Duration(time.Second)
	for text, want := range map[string]schema.Duration{`"2m"`: schema.Duration(2 * time.Minute), `null`: d} {
		got := d
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{`5`, `"5"`, `{}`, `true`} {
		got := d
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("%s is accepted as %v", text, got)
		}
	}
	if b, err := json.Marshal(d); err != nil || string(b) != `"1s"` {
		t.Errorf("%s, %v", b, err)
	}
}

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"1s", "1.5h", "-1m", "1h0m", ".5s", "1µs", "9223372036854775807ns", "1x", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := schema.ParseDuration(s)
		if err != nil {
			return
		}
		again, err := schema.ParseDuration(d.String())
		if err != nil || again != d {
			t.Errorf("%q is %s, which is read as %v, %v", s, d, again, err)
		}
	})
}
