// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// S1-38: the configuration changes a thousand times under load; no request
// fails, no goroutine stays behind, and memory does not grow.
func TestThousandChanges(t *testing.T) {
	changes := 1000
	if testing.Short() {
		changes = 200
	}
	s := newSite(t, gatewaytest.Start(t, nil))
	l := s.load(t)
	coming := gatewaytest.FreeAddress(t)
	change := func(i int) {
		switch i % 8 {
		case 0:
			s.Put(t, "route", "web", fmt.Sprintf(`{"paths":["/*"],"upstream":"web","plugins":{"headers":{"request":{"set":{"x-change":"%d"}}}}}`, i))
		case 1:
			s.Put(t, "route", "rpc", fmt.Sprintf(`{"grpc":[{"service":"grpc.testing.TestService"}],"upstream":"rpc","description":"%d"}`, i))
		case 2:
			s.Put(t, "certificate", "main", s.certificate(t))
		case 3:
			s.Put(t, "listener", "comes", `{"address":"`+coming+`"}`)
		case 4:
			s.Put(t, "upstream", "web", strings.TrimSuffix(s.web, "}")+fmt.Sprintf(`,"max_idle":%d}`, 10+i%7))
		case 5:
			s.Put(t, "cluster_settings", "cluster", fmt.Sprintf(`{"plugins":{"headers":{"response":{"set":{"x-all":"%d"}}},"rate_limit":{"count":1000000,"window":"%ds"}}}`, i, 1+i%60))
		case 6:
			s.Put(t, "route", fmt.Sprintf("extra-%d", i%80), fmt.Sprintf(`{"hosts":["h%d.test"],"upstream":"web"}`, i))
		case 7:
			s.Delete(t, "listener", "comes")
		}
		l.check(t)
	}
	for i := range changes / 5 {
		change(i)
	}
	heap, goroutines := settled()
	for i := changes / 5; i < changes; i++ {
		change(i)
	}
	l.flows(t)
	moreHeap, moreGoroutines := settled()
	t.Logf("%d requests; heap %d KiB, then %d KiB; goroutines %d, then %d", l.requests.Load(), heap>>10, moreHeap>>10, goroutines, moreGoroutines)
	if grown := int64(moreHeap) - int64(heap); grown > 8<<20 { // the history of the embedded etcd is in it
		t.Errorf("the heap has grown by %d bytes", grown)
	}
	for deadline := time.Now().Add(20 * time.Second); moreGoroutines > goroutines+20; _, moreGoroutines = settled() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, and %d after the changes", goroutines, moreGoroutines)
		}
	}
	l.stop()
	l.check(t)
}

// settled returns the heap in use after a collection and the number of goroutines.
func settled() (heap uint64, goroutines int) {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc, runtime.NumGoroutine()
}
