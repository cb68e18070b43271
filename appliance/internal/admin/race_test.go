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

// TestUnconditional: writers that ask for nothing do not fail because of each
// other, and of those that create at once, one has created.
func TestUnconditional(t *testing.T) {
	t.Run("memory", func(t *testing.T) { unconditional(t, newWorld(t)) })
	t.Run("etcd", func(t *testing.T) {
		s := etcdtest.Start(t).Store("admin")
		unconditional(t, newWorldOver(t, s, s))
	})
}

func unconditional(t *testing.T, w *world) {
	var wg sync.WaitGroup
	var created, deleted atomic.Int64
	for i := range 30 {
		wg.Go(func() {
			method, body := "PUT", fmt.Sprintf(`{"max_idle":%d}`, i+1)
			if i%5 == 4 {
				method, body = "DELETE", ""
			}
			switch r := w.do(method, "/v1/upstreams/x", body); r.StatusCode {
			case http.StatusCreated:
				created.Add(1)
			case http.StatusNoContent:
				deleted.Add(1)
			case http.StatusOK:
			case http.StatusNotFound:
			default:
				t.Errorf("%s: %d %s", method, r.StatusCode, r.body)
			}
		})
	}
	wg.Wait()
	left := int64(0)
	if w.do("GET", "/v1/upstreams/x", "").StatusCode == http.StatusOK {
		left = 1
	}
	if created.Load() != deleted.Load()+left {
		t.Errorf("created %d times, deleted %d times, %d left", created.Load(), deleted.Load(), left)
	}
}
