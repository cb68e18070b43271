// SPDX-License-Identifier: Apache-2.0

package admin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/etcd/etcdtest"
)

// TestNoLostUpdate: fifty writers add one to a number under If-Match. Whoever
// comes second is told, so nothing is lost.
func TestNoLostUpdate(t *testing.T) {
	t.Run("memory", func(t *testing.T) { noLostUpdate(t, newWorld(t), 50, 4) })
	t.Run("etcd", func(t *testing.T) {
		s := etcdtest.Start(t).Store("admin")
		noLostUpdate(t, newWorldOver(t, s, s), 50, 2)
	})
}

func noLostUpdate(t *testing.T, w *world, writers, each int) {
	const path = "/v1/upstreams/counter"
	w.want(http.StatusCreated, "PUT", path, `{"max_idle":1}`)
	var wg sync.WaitGroup
	var refused atomic.Int64
	for range writers {
		wg.Go(func() {
			for done := 0; done < each; {
				got := w.do("GET", path, "")
				var counter struct {
					N int `json:"max_idle"`
				}
				if err := json.Unmarshal([]byte(got.body), &counter); err != nil {
					t.Error(err)
					return
				}
				r := w.do("PUT", path, fmt.Sprintf(`{"max_idle":%d}`, counter.N+1), "If-Match", got.Header.Get("ETag"))
				switch r.StatusCode {
				case http.StatusOK:
					done++
				case http.StatusPreconditionFailed:
					refused.Add(1)
				default:
					t.Errorf("status %d: %s", r.StatusCode, r.body)
					return
				}
			}
		})
	}
	wg.Wait()
	want := fmt.Sprintf(`{"id":"counter","max_idle":%d}`+"\n", 1+writers*each)
	if got := w.do("GET", path, ""); got.body != want {
		t.Errorf("lost updates: %s, want %s (%d refused)", got.body, want, refused.Load())
	}
}
