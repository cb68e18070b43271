// SPDX-License-Identifier: Apache-2.0

package planned_test

import (
	"reflect"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/planned"
)

// Whichever object is planned last closes a circle, and it is the same circle.
func TestCircles(t *testing.T) {
	c, d := api.Key{Kind: "route", ID: "c"}, api.Key{Kind: "route", ID: "d"}
	type wait [2]api.Key
	for name, test := range map[string]struct {
		waits  []wait
		circle []api.Key
	}{
		"one waits":              {[]wait{{a, b}}, nil},
		"a row":                  {[]wait{{a, b}, {b, c}, {c, d}}, nil},
		"two wait for one":       {[]wait{{a, c}, {b, c}}, nil},
		"two":                    {[]wait{{a, b}, {b, a}}, []api.Key{a, b}},
		"three":                  {[]wait{{a, b}, {b, c}, {c, a}}, []api.Key{a, b, c}},
		"four, others beside":    {[]wait{{a, up}, {a, b}, {b, c}, {c, d}, {d, a}}, []api.Key{a, b, c, d}},
		"one waits for a circle": {[]wait{{d, a}, {a, b}, {b, a}}, []api.Key{a, b}},
		"a circle waits for one": {[]wait{{a, d}, {a, b}, {b, a}}, []api.Key{a, b}},
		"the same wait, twice":   {[]wait{{a, b}, {a, b}}, nil},
	} {
		for first := range test.waits {
			var p planned.Plan
			var circles [][]api.Key
			for i := range test.waits {
				w := test.waits[(first+i)%len(test.waits)]
				if circle := p.Wait(w[0], w[1]); circle != nil {
					circles = append(circles, circle)
				}
			}
			var want [][]api.Key
			if test.circle != nil {
				want = [][]api.Key{test.circle}
			}
			if !reflect.DeepEqual(circles, want) {
				t.Errorf("%s, from %d: circles are %v, want %v", name, first, circles, want)
			}
		}
	}
}

// What is planned again waits for nothing of what it waited for before.
func TestPlannedAgainWaitsForNothing(t *testing.T) {
	var p planned.Plan
	p.Put(a, planned.Put{Changes: true})
	p.Wait(a, b)
	p.Put(a, planned.Put{Changes: true})
	if circle := p.Wait(b, a); circle != nil {
		t.Errorf("circle is %v", circle)
	}
}
