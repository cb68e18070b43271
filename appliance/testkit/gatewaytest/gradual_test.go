// SPDX-License-Identifier: Apache-2.0

package gatewaytest_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// A path moves by percentage from an HTTP upstream to a gRPC one on the same
// port, and whoever has moved stays moved (S0-13).
func TestPathMovesGradually(t *testing.T) {
	old := testkit.HTTP(t, nil, testkit.EchoHTTP)
	moved := testkit.HTTP(t, nil, testkit.EchoHTTP) // speaks HTTP/2, as a gRPC server does
	g := gatewaytest.Start(t, nil)
	address := gatewaytest.FreeAddress(t)
	g.Put(t, "listener", "main", object(t, map[string]any{"address": address}))
	g.Put(t, "upstream", "old", upstream(t, "http", old))
	g.Put(t, "upstream", "new", upstream(t, "grpc", moved))
	g.Put(t, "route", "stays", `{"paths":["/move/*"],"upstream":"old"}`)

	const users = 1000
	before := make(map[int]bool)
	for _, share := range []float64{0, 10, 50, 100} {
		g.Put(t, "route", "moves", object(t, map[string]any{
			"paths": []string{"/move/*"}, "upstream": "new",
			"condition": fmt.Sprintf(`request.headers["x-user"].hashPercent() < %g`, share),
		}))
		now := make(map[int]bool)
		for user := range users {
			r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+address+"/move/it", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-User", fmt.Sprintf("user-%d", user))
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			echo := read(t, response)
			now[user] = strings.Contains(echo, `"HTTP/2.0"`)
			if before[user] && !now[user] {
				t.Fatalf("at %g%%, user %d moved back", share, user)
			}
		}
		before = now
		count := 0
		for _, m := range now {
			if m {
				count++
			}
		}
		if got := 100 * float64(count) / users; math.Abs(got-share) > 4 {
			t.Errorf("asked for %g%%, moved %g%%", share, got)
		}
	}
}
