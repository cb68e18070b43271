// SPDX-License-Identifier: Apache-2.0

package admin_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Who has no token cannot fill the log: of a flood some refusals are told, and
// how many were not.
func TestRefusalsAreFewInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		flood := func() int {
			w.said.Reset()
			for range 1000 {
				if got := w.do("GET", "/v1/routes", "", "Authorization", "Bearer no"); got.StatusCode != 401 {
					t.Fatalf("status %d", got.StatusCode)
				}
			}
			return strings.Count(w.said.String(), "admin: refused")
		}
		if n := flood(); n < 1 || n > 20 {
			t.Errorf("a flood made %d lines", n)
		}
		time.Sleep(time.Second) // of the test's own clock
		if n := flood(); n < 1 || n > 20 || !strings.Contains(w.said.String(), "untold=990") {
			t.Errorf("the next flood made %d lines: %.500s", n, w.said.String())
		}
	})
}
