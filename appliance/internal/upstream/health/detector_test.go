// SPDX-License-Identifier: Apache-2.0

package health_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A watched is a detector, its targets' records, and how often it told of a
// change.
type watched struct {
	*health.Detector
	records []*health.Record
	told    *atomic.Int64
}

func settings(change func(*api.PassiveCheck)) (s api.PassiveCheck) {
	s.SetDefaults()
	if change != nil {
		change(&s)
	}
	return s
}

func detect(targets int, previous *health.Detector, change func(*api.PassiveCheck)) *watched {
	w := &watched{told: new(atomic.Int64)}
	w.Detector = health.NewDetector(settings(change), previous, func() { w.told.Add(1) })
	for i := range targets {
		w.records = append(w.records, w.Record(fmt.Sprint("target-", i)))
	}
	w.Keep(keys(targets))
	return w
}

func keys(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprint("target-", i))
	}
	return all
}

// report reports: + succeeded, - failed.
func report(r *health.Record, results string) {
	for _, c := range results {
		r.Report(c == '-', time.Millisecond)
	}
}

// ejected returns which targets are, a letter for each.
func (w *watched) ejected() string {
	s := ""
	for _, r := range w.records {
		s += map[bool]string{true: "e", false: "."}[r.Ejected()]
	}
	return s
}

func (w *watched) is(t *testing.T, what, want string) {
	t.Helper()
	if got := w.ejected(); got != want {
		t.Errorf("%s: %s, and %s is right", what, got, want)
	}
	if n := strings.Count(want, "e"); w.Stats().Ejected != n {
		t.Errorf("%s: %+v", what, w.Stats())
	}
}

// S1-06: failures in a row eject at once; any success begins anew.
func TestConsecutiveFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := detect(4, nil, nil)
		defer w.Close()
		report(w.records[0], "----+----+----")
		report(w.records[1], "+-----")
		w.is(t, "five in a row", ".e..")
		if s := w.records[1].Status(); s.Reason != "5 requests in a row failed" || s.Times != 1 || s.Until.Sub(s.Since) != 30*time.Second || !s.Ejected {
			t.Errorf("%+v", s)
		}
		if w.told.Load() != 1 {
			t.Errorf("told %d times", w.told.Load())
		}
		none := detect(2, nil, func(s *api.PassiveCheck) { s.ConsecutiveFailures = 0 })
		defer none.Close()
		report(none.records[0], strings.Repeat("-", 1000))
		none.is(t, "never for that", "..")
	})
}

// S1-06: a target is back after its time, with nothing against it, and that is
// told. Each further ejection is longer by the first one's length, up to the
// longest, until the target has stayed well for as long as the last one took.
func TestEjectionTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := detect(2, nil, func(s *api.PassiveCheck) { s.MaxEjectionTime = schema.Duration(100 * time.Second) })
		defer w.Close()
		r := w.records[0]
		for i, test := range []struct{ well, out time.Duration }{
			{0, 30 * time.Second},
			{0, 60 * time.Second},
			{59 * time.Second, 90 * time.Second},
			{10 * time.Second, 100 * time.Second},
			{99 * time.Second, 100 * time.Second},
			{100 * time.Second, 30 * time.Second},
			{time.Second, 60 * time.Second},
			{time.Hour, 30 * time.Second},
		} {
			time.Sleep(test.well)
			report(r, "----+---") // an old one of these would be the fifth in a row
			if r.Ejected() {
				t.Fatalf("ejection %d: too early", i)
			}
			report(r, "--")
			if !r.Ejected() {
				t.Fatalf("ejection %d: too late", i)
			}
			before := w.told.Load()
			time.Sleep(test.out - time.Nanosecond)
			synctest.Wait()
			report(r, "-----") // is ignored
			if !r.Ejected() || w.told.Load() != before {
				t.Errorf("ejection %d: shorter than %s", i, test.out)
			}
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			if r.Ejected() || w.told.Load() != before+1 {
				t.Errorf("ejection %d: longer than %s", i, test.out)
			}
		}
		if s := r.Status(); s.Times != 8 || s.Ejected || !s.Until.Equal(time.Now()) || w.Stats().Ejections != 8 {
			t.Errorf("%+v", s)
		}
	})
}

// S1-06: a share of the targets at most is ejected; one is in any case, if there
// are two or more. Who was not ejected for that can be when there is room.
func TestMaxEjected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct{ targets, share, want int }{
			{1, 50, 0}, {1, 99, 0}, {1, 100, 1}, {2, 1, 1}, {2, 50, 1}, {2, 99, 1}, {3, 50, 1}, {3, 67, 2}, {10, 50, 5}, {10, 59, 5}, {10, 100, 10}, {10, 1, 1}, {200, 1, 2},
		} {
			w := detect(test.targets, nil, func(s *api.PassiveCheck) { s.MaxEjected = test.share })
			for _, r := range w.records {
				report(r, "------------------------------")
			}
			if n := strings.Count(w.ejected(), "e"); n != test.want {
				t.Errorf("%d of %d were ejected, and %d%% may be", n, test.targets, test.share)
			}
			w.Close()
		}
		w := detect(4, nil, func(s *api.PassiveCheck) { s.MaxEjected = 25 })
		defer w.Close()
		report(w.records[0], "-----")
		report(w.records[1], "-----")
		w.is(t, "no room", "e...")
		time.Sleep(31 * time.Second)
		report(w.records[1], "-----")
		w.is(t, "room", ".e..")
	})
}

// S1-06: the share of failures of a window, if there were enough requests.
func TestFailureRatio(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := detect(8, nil, func(s *api.PassiveCheck) { s.FailureRatio, s.ConsecutiveFailures, s.MinRequests = 30, 0, 10 })
		defer w.Close()
		report(w.records[0], "+++++++---")
		report(w.records[1], "++++++++--")
		report(w.records[2], "---------") // too few
		report(w.records[3], "----------")
		w.is(t, "before the end of the window", "........")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		w.is(t, "at its end", "e..e....")
		if s := w.records[0].Status(); s.Reason != "3 of 10 requests within 10s failed" {
			t.Errorf("%+v", s)
		}
		if w.told.Load() != 1 {
			t.Errorf("told %d times of one window", w.told.Load())
		}
		report(w.records[2], "-") // a window of its own: with those before it would be 10
		time.Sleep(10 * time.Second)
		synctest.Wait()
		w.is(t, "after the next one", "e..e....")
		time.Sleep(20 * time.Second)
		synctest.Wait()
		w.is(t, "after the ejection", "........")
		if w.Timing() {
			t.Error("a window has begun without a request")
		}

		// The worst go first if not all may.
		for i, results := range []string{"+++++++---", "----------", "+++++-----", "+++++++---", "--------++", "+---------", "--+++++++++", "++++++++++"} {
			report(w.records[i], results)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		w.is(t, "half of them", ".ee.ee..")
	})
}

// S1-06: what was counted before an ejection is not held against the target
// when it is back, and what is reported meanwhile is not counted at all.
func TestFreshAfterEjection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := detect(2, nil, func(s *api.PassiveCheck) {
			s.FailureRatio, s.MinRequests, s.EjectionTime = 50, 5, schema.Duration(time.Second)
		})
		defer w.Close()
		report(w.records[0], "-----")
		w.is(t, "in a row", "e.")
		time.Sleep(2 * time.Second)
		w.is(t, "back", "..")
		time.Sleep(8500 * time.Millisecond)
		synctest.Wait()
		w.is(t, "after the window of the failures", "..")
		time.Sleep(10 * time.Second)

		long := detect(2, nil, func(s *api.PassiveCheck) { s.FailureRatio = 50 })
		defer long.Close()
		report(long.records[0], "-----")
		time.Sleep(25 * time.Second)
		if report(long.records[0], "-----"); long.Timing() || !long.records[0].Ejected() {
			t.Error("reports of an ejected target begin a window")
		}
	})
}

// S1-06: a target that is slower than the median by the factor, on average over
// what did not fail.
func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, test := range map[string]struct {
			took []int // milliseconds of 10 requests each; 0: none
			want string
		}{
			"one of five":          {[]int{10, 11, 12, 13, 37}, "....e"},
			"just not":             {[]int{10, 11, 12, 13, 36}, "....."},
			"one of two":           {[]int{10, 31}, ".e"},
			"one alone":            {[]int{1000, 0}, ".."},
			"two of four":          {[]int{100, 10, 10, 200}, "e..e"},
			"all slow":             {[]int{1000, 1100, 1200}, "..."},
			"those without do not": {[]int{10, 0, 0, 0, 31}, "....e"},
		} {
			w := detect(len(test.took), nil, func(s *api.PassiveCheck) { s.LatencyFactor, s.MinRequests = 3, 10 })
			for i, ms := range test.took {
				for range 10 {
					if ms > 0 {
						w.records[i].Report(false, time.Duration(ms)*time.Millisecond)
					}
				}
				w.records[i].Report(true, time.Hour) // failures do not count
			}
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if got := w.ejected(); got != test.want {
				t.Errorf("%s: %s, and %s is right", name, got, test.want)
			}
			if name == "one of five" {
				if s := w.records[4].Status(); s.Reason != "37ms on average within 10s, and the median of the targets is 12ms" {
					t.Errorf("%+v", s)
				}
			}
			w.Close()
		}
		w := detect(2, nil, func(s *api.PassiveCheck) { s.LatencyFactor, s.MinRequests = 3, 10 })
		defer w.Close()
		for range 9 {
			w.records[0].Report(false, time.Second)
			w.records[1].Report(false, time.Millisecond)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		w.is(t, "too few requests", "..")
	})
}

// Windows follow each other as long as there are requests, and no longer.
func TestWindowsOnlyWithRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := detect(2, nil, func(s *api.PassiveCheck) { s.FailureRatio = 50 })
		defer w.Close()
		for range 5 {
			if w.Timing() {
				t.Error("a window without a request")
			}
			for range 10 {
				report(w.records[0], "+")
				time.Sleep(9 * time.Second)
				if !w.Timing() {
					t.Error("no window")
				}
			}
			time.Sleep(time.Minute)
			synctest.Wait()
		}
	})
}

// S3-117 to S3-119: what is known of a target outlives the settings, and
// whoever holds the record of the generation before.
func TestGenerations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old := detect(4, nil, nil)
		report(old.records[0], "-----")
		report(old.records[1], "---")
		w := detect(4, old.Detector, func(s *api.PassiveCheck) { s.ConsecutiveFailures, s.EjectionTime = 4, schema.Duration(10*time.Second) })
		w.is(t, "taken over", "e...")
		report(old.records[1], "-") // a request of the generation before ends
		w.is(t, "by the new settings", "ee..")
		if old.told.Load() != 2 || w.told.Load() != 1 {
			t.Errorf("told %d and %d times", old.told.Load(), w.told.Load())
		}
		old.Close()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		w.is(t, "10 s later", "e...")
		time.Sleep(20 * time.Second)
		synctest.Wait()
		w.is(t, "30 s later", "....")
		if old.told.Load() != 2 || w.told.Load() != 3 {
			t.Errorf("told %d and %d times", old.told.Load(), w.told.Load())
		}

		// One that is closed before the one that it was to replace has changed nothing.
		vain := detect(4, w.Detector, func(s *api.PassiveCheck) { s.ConsecutiveFailures = 1 })
		vain.Close()
		vain.Close()
		report(w.records[2], "---")
		w.is(t, "by the settings before", "....")
		report(w.records[2], "-")
		w.is(t, "by the settings before", "..e.")

		w.Close()
		time.Sleep(time.Hour)
		report(w.records[3], "----------")
		if w.records[3].Ejected() || w.told.Load() != 4 {
			t.Errorf("after the end: %+v, told %d times", w.records[3].Status(), w.told.Load())
		}
		late := detect(4, w.Detector, nil)
		late.is(t, "after one that was closed", "....")
		late.Close()
	})
}

// S3-120: who is gone is forgotten, and no longer counted.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := detect(10, nil, func(s *api.PassiveCheck) { s.EjectionTime = schema.Duration(time.Minute) })
		defer w.Close()
		for i := range 5 {
			report(w.records[i], "-----")
			time.Sleep(time.Second)
		}
		w.is(t, "half", "eeeee.....")
		w.Keep(append(keys(5), "target-9")) // 6 targets, of which 3 may be ejected: the first two are back
		w.records = append(w.records[:5], w.records[9])
		w.is(t, "with fewer targets", "..eee.")
		if w.told.Load() != 6 {
			t.Errorf("told %d times", w.told.Load())
		}
		gone := w.records[2]
		w.Keep(keys(2))
		if s := w.Stats(); s.Targets != 2 || s.Ejected != 0 {
			t.Errorf("%+v", s)
		}
		if w.Record("target-2") == gone || w.Record("target-2").Ejected() || w.Record("target-0") != w.records[0] {
			t.Error("a target that has come again is not a new one")
		}
		report(gone, "-----------")
		well := w.records[1]
		w.Keep([]string{"target-0", "target-2", "target-9"})
		w.Record("target-1")
		if report(well, "-----"); well.Ejected() || w.Stats().Ejected != 0 {
			t.Error("a target that is gone was ejected")
		}
		w.Keep([]string{"target-0", "target-2", "target-9"})
		w.Record("target-1")
		time.Sleep(time.Hour)
		synctest.Wait()
		if s := w.Stats(); s.Targets != 3 || s.Ejected != 0 || s.Ejections != 5 {
			t.Errorf("%+v", s)
		}
		for range 100 {
			w.Record("target-0")
			w.Keep(nil)
		}
		if s := w.Stats(); s.Targets != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// What counts as a failure.
func TestFailed(t *testing.T) {
	usual := health.NewDetector(settings(nil), nil, nil)
	defer usual.Close()
	given := health.NewDetector(settings(func(s *api.PassiveCheck) { s.Statuses = []api.StatusRange{"429", "502-504"} }), nil, nil)
	defer given.Close()
	for _, test := range []struct {
		status      int
		grpc        string
		usual, made bool
	}{
		{200, "", false, false}, {404, "", false, false}, {429, "", false, true}, {499, "", false, false}, {500, "", true, false},
		{501, "", true, false}, {502, "", true, true}, {504, "", true, true}, {505, "", true, false}, {599, "", true, false},
		{100, "", false, false}, {0, "", false, false}, {-1, "", false, false}, {600, "", false, false}, {999, "", false, false},
		{200, "0", false, false}, {200, "1", false, false}, {200, "2", true, true}, {200, "4", true, true}, {200, "5", false, false},
		{200, "8", false, false}, {200, "12", false, false}, {200, "13", true, true}, {200, "14", true, true}, {200, "15", true, true},
		{200, "16", false, false}, {200, "x", false, false},
	} {
		if a, b := usual.Failed(test.status, test.grpc), given.Failed(test.status, test.grpc); a != test.usual || b != test.made {
			t.Errorf("%d, %q: %v and %v", test.status, test.grpc, a, b)
		}
	}
}

// Requests report while targets come and go, windows end, generations change,
// and targets are ejected and back.
func TestReportsAtTheSameTime(t *testing.T) {
	change := func(s *api.PassiveCheck) {
		s.FailureRatio, s.LatencyFactor, s.MinRequests, s.ConsecutiveFailures = 50, 1.5, 1, 3
		s.Window, s.EjectionTime, s.MaxEjectionTime = schema.Duration(time.Millisecond), schema.Duration(time.Millisecond), schema.Duration(2*time.Millisecond)
	}
	w := detect(20, nil, change)
	var stop atomic.Bool
	var current atomic.Pointer[watched]
	current.Store(w)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := 0; !stop.Load(); i++ {
				w := current.Load()
				r := w.records[i%len(w.records)]
				r.Report(i%7 < 4, time.Duration(i%20)*time.Millisecond)
				_ = r.Ejected()
				if i%100 == 0 {
					_, _ = r.Status(), w.Stats()
				}
			}
		})
	}
	ejections := int64(0)
	for i := 0; i < 300 || ejections == 0; i++ {
		next := detect(10+i%11, current.Load().Detector, change)
		current.Swap(next).Close()
		ejections = next.Stats().Ejections
		if s := next.Stats(); s.Ejected > s.Targets/2+1 {
			t.Fatalf("%+v", s)
		}
	}
	stop.Store(true)
	all.Wait()
	current.Load().Close()
}

// A report costs no allocation.
func TestReportAllocations(t *testing.T) {
	w := detect(2, nil, func(s *api.PassiveCheck) { s.FailureRatio, s.LatencyFactor = 50, 3 })
	defer w.Close()
	w.records[0].Report(false, time.Millisecond) // begins the window
	failed := false
	if n := testing.AllocsPerRun(1000, func() {
		w.records[0].Report(failed, time.Millisecond)
		_ = w.records[0].Ejected() || w.Failed(200, "0")
		failed = !failed
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
