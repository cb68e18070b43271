// SPDX-License-Identifier: Apache-2.0

package health

import (
	"errors"
	"testing"
	"time"
)

// S1-05: thresholds are counted in a row, and the first check decides alone.
func TestState(t *testing.T) {
	for name, test := range map[string]struct {
		initially          bool
		healthy, unhealthy int
		results            string // + succeeded, - failed
		want               string // what the target is after each: H healthy, u unhealthy; a capital C instead of H or c instead of u: it has changed
	}{
		"stays healthy":                  {true, 2, 3, "+++", "HHH"},
		"first failure decides":          {true, 2, 3, "-", "c"},
		"first success decides":          {false, 2, 3, "+", "C"},
		"first failure of an unhealthy":  {false, 2, 3, "--", "uu"},
		"three failures":                 {true, 2, 3, "+---", "HHHc"},
		"a success between":              {true, 2, 3, "+--+--+---", "HHHHHHHHHc"},
		"two successes":                  {true, 2, 3, "-++", "cuC"},
		"a failure between":              {true, 2, 3, "-+-+-++", "cuuuuuC"},
		"thresholds of one":              {true, 1, 1, "+-+-", "HcCc"},
		"there and back":                 {true, 2, 2, "+--++--", "HHcuCHc"},
		"after the first, not alone":     {false, 3, 2, "+-+--+++", "CHHHcuuC"},
		"first failure counts in a row":  {true, 2, 3, "-+--+", "cuuuu"},
		"a failure and many successes":   {true, 3, 3, "-+++++", "cuuCHH"},
		"unhealthy goes on failing":      {true, 2, 2, "----", "cuuu"},
		"success of a healthy one at 1":  {true, 1, 3, "+--+", "HHHH"},
		"initially unhealthy, then well": {false, 2, 3, "-++", "uuC"},
	} {
		s := state{healthy: test.initially}
		got := ""
		for i, r := range test.results {
			var err error
			if r == '-' {
				err = errors.New("status 503")
			}
			now := time.Unix(int64(i), 0)
			was := s.since
			changed := s.result(err, now, thresholds{test.healthy, test.unhealthy})
			got += map[[2]bool]string{{true, true}: "C", {true, false}: "H", {false, true}: "c", {false, false}: "u"}[[2]bool{s.healthy, changed}]
			if changed != (s.since != was) || s.at != now || s.checked != true {
				t.Errorf("%s: result %d: changed is %v, and %+v", name, i, changed, s)
			}
			if (s.failures == 0) == (s.successes == 0) || (err != nil) != (s.failures > 0) {
				t.Errorf("%s: result %d: %+v", name, i, s)
			}
			if wellNow := s.healthy && err == nil; wellNow == (s.err != "") {
				t.Errorf("%s: result %d: error %q", name, i, s.err)
			}
		}
		if got != test.want {
			t.Errorf("%s: %s makes %s, and %s is right", name, test.results, got, test.want)
		}
	}
}
