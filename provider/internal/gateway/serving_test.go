// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// A write asks for the problems of its own object alone, at its own revision,
// and waits for them a bounded time.
func TestUnusable(t *testing.T) {
	const problems = `{"revision":%d,"problems":[{"kind":"listener","id":"r","code":"unusable","path":"address","message":"of another kind"},` +
		`{"kind":"route","id":"other","code":"unusable","path":"","message":"of another"},` +
		`{"kind":"route","id":"r","code":"unusable","path":"plugins.x","message":"cannot start"}]}`
	for name, test := range map[string]struct {
		answer   func(asked int) (int, string)
		found    int
		min, max time.Duration
	}{
		"at once":  {func(int) (int, string) { return 200, fmt.Sprintf(problems, 7) }, 1, 0, 0},
		"later":    {func(asked int) (int, string) { return 200, fmt.Sprintf(problems, 4+asked) }, 1, time.Millisecond, 100 * time.Millisecond},
		"never":    {func(int) (int, string) { return 200, fmt.Sprintf(problems, 6) }, 0, time.Second, 2 * time.Second},
		"none":     {func(int) (int, string) { return 200, `{"revision":8,"problems":[]}` }, 0, 0, 0},
		"no calls": {func(int) (int, string) { return 503, `{"code":"unavailable","message":"no"}` }, 0, 0, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			asked := 0
			g := behind(t, func(*http.Request) (int, string) { asked++; return test.answer(asked) })
			start := time.Now()
			found := g.Unusable(t.Context(), route, 7)
			took := time.Since(start)
			if len(found) != test.found || len(found) == 1 && (found[0].Key != route || found[0].Message != "cannot start") {
				t.Errorf("%s: found is %v", name, found)
			}
			if took < test.min || took > test.max {
				t.Errorf("%s: it took %s", name, took)
			}
		})
	}
}

// A listener is opened a moment after the node has taken the revision.
func TestUnusableListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		g := behind(t, func(*http.Request) (int, string) {
			if asked++; asked == 1 {
				return 200, `{"revision":7,"problems":[]}`
			}
			return 200, `{"revision":7,"problems":[{"kind":"listener","id":"l","code":"unusable","path":"address","message":"in use"}]}`
		})
		if found := g.Unusable(t.Context(), api.Key{Kind: "listener", ID: "l"}, 7); len(found) != 1 || asked != 2 {
			t.Errorf("asked %d times, found %v", asked, found)
		}
	})
}

// A node that lags behind does not slow down hundreds of writes, and is waited
// for again when it has caught up.
func TestNodeThatLags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serves := 6
		g := behind(t, func(*http.Request) (int, string) { return 200, fmt.Sprintf(`{"revision":%d,"problems":[]}`, serves) })
		took := func() time.Duration {
			start := time.Now()
			g.Unusable(t.Context(), route, 7)
			return time.Since(start)
		}
		first, second := took(), took()
		serves = 7
		caughtUp := took()
		serves = 6
		if again := took(); first < time.Second || second > 200*time.Millisecond || caughtUp != 0 || again != first {
			t.Errorf("it took %s, %s, %s and %s", first, second, caughtUp, again)
		}
	})
}
