// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// A script is what a poller's lookups find: at each time the last entry that
// is not in the future.
type script struct {
	p      *poller
	began  time.Time
	says   func(at time.Duration) outcome
	asked  []time.Duration
	told   []string // "12s 1.1.1.1"
	status []Status
	log    strings.Builder
}

func play(t *testing.T, length time.Duration, minTTL, maxTTL, keep time.Duration, says func(at time.Duration) outcome) *script {
	t.Helper()
	s := &script{says: says}
	synctest.Test(t, func(t *testing.T) {
		s.began = time.Now()
		s.p = &poller{
			minTTL: minTTL, maxTTL: maxTTL, keep: keep,
			log:    slog.New(slog.NewTextHandler(&s.log, nil)),
			report: func(st Status) { s.status = append(s.status, st) },
			lookup: func(context.Context) outcome {
				at := time.Since(s.began)
				s.asked = append(s.asked, at)
				return s.says(at)
			},
		}
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		s.p.Run(ctx, func(list []api.Target) {
			var hosts []string
			for _, target := range list {
				hosts = append(hosts, target.Host)
			}
			s.told = append(s.told, time.Since(s.began).Round(time.Second).String()+" "+strings.Join(hosts, ","))
		})
		if got := time.Since(s.began); got != length {
			t.Errorf("ended after %s, not with its context", got)
		}
	})
	return s
}

// gaps checks the times between questions.
func (s *script) gaps(t *testing.T, from, to time.Duration) {
	t.Helper()
	varied := false
	for i := 1; i < len(s.asked); i++ {
		gap := s.asked[i] - s.asked[i-1]
		if gap < from || gap > to {
			t.Errorf("asked at %s and %s; want gaps from %s to %s", s.asked[i-1], s.asked[i], from, to)
		}
		varied = varied || i > 1 && gap != s.asked[i-1]-s.asked[i-2]
	}
	if len(s.asked) < 10 || from != to && !varied {
		t.Errorf("asked at %v: too seldom, or like a clock", s.asked)
	}
}

func answered(t *testing.T, ttl time.Duration, records string) outcome {
	return outcome{answered: true, found: recs(t, records), ttl: lifetime{ttl, true}}
}

// S1-07: an answer is good for its lifetime within the bounds, with jitter
// that never leaves them.
func TestAskedByLifetime(t *testing.T) {
	for _, c := range []struct{ ttl, min, max, from, to time.Duration }{
		{30 * time.Second, time.Second, time.Minute, 27 * time.Second, 30 * time.Second},
		{0, time.Second, time.Minute, time.Second, 1100 * time.Millisecond},
		{time.Hour, time.Second, time.Minute, 54 * time.Second, time.Minute},
		{1010 * time.Millisecond, time.Second, time.Minute, time.Second, 1101 * time.Millisecond},
		{5 * time.Second, 5 * time.Second, 5 * time.Second, 5 * time.Second, 5 * time.Second},
	} {
		s := play(t, 20*c.to, c.min, c.max, 0, func(time.Duration) outcome { return answered(t, c.ttl, "a 1.1.1.1:1") })
		s.gaps(t, c.from, c.to)
		if len(s.told) != 1 {
			t.Errorf("told %q", s.told)
		}
		if st := s.status[0]; st.TTL != c.ttl || st.Next.Sub(s.began) != s.asked[1] || st.Targets != 1 {
			t.Errorf("status %+v", st)
		}
	}
}

// An answer that has no lifetime, as empty ones without an SOA record, is
// good for the least time.
func TestNoLifetime(t *testing.T) {
	s := play(t, time.Minute, time.Second, time.Minute, 0, func(time.Duration) outcome { return outcome{answered: true} })
	s.gaps(t, time.Second, 1100*time.Millisecond)
	if len(s.told) != 1 || s.told[0] != "0s " {
		t.Errorf("told %q; want the empty list, once", s.told)
	}
}

// Failures: asked again at growing times, the list stays, and the log tells
// when they begin and end.
func TestFailures(t *testing.T) {
	bad := errors.New("no answer")
	s := play(t, 10*time.Minute, time.Second, 30*time.Second, 0, func(at time.Duration) outcome {
		if at < 5*time.Second || at > 400*time.Second {
			return answered(t, 5*time.Second, "a 1.1.1.1:1")
		}
		return outcome{err: bad}
	})
	if len(s.told) != 1 {
		t.Errorf("told %q", s.told)
	}
	expected := time.Second
	for i, st := range s.status {
		if st.Failures == 0 {
			continue
		}
		if st.Targets != 1 || !errors.Is(st.Err, bad) {
			t.Errorf("status %+v", st)
		}
		gap := s.asked[i+1] - s.asked[i]
		if gap < expected-expected/10 || gap > max(expected, 1100*time.Millisecond) {
			t.Errorf("waited %s after %d failures, want about %s", gap, st.Failures, expected)
		}
		expected = min(2*expected, 30*time.Second)
	}
	last := s.status[len(s.status)-1]
	if expected != 30*time.Second || last.Failures != 0 || last.Err != nil {
		t.Errorf("the failures were not seen, or never ended: %+v", last)
	}
	if log := s.log.String(); strings.Count(log, "level=WARN") != 1 || strings.Count(log, "level=INFO") != 1 {
		t.Errorf("log:\n%s", log)
	}
}

// While nothing is known, nothing is told: neither for failures, nor when
// only a part was answered and has nothing.
func TestNothingKnown(t *testing.T) {
	s := play(t, time.Minute, time.Second, 10*time.Second, time.Hour, func(at time.Duration) outcome {
		switch {
		case at < 10*time.Second:
			return outcome{err: errors.New("down")}
		case at < 30*time.Second:
			return outcome{answered: true, unknown: map[string]bool{"a": true}, err: errors.New("partly down")}
		}
		return answered(t, 0, "a 1.1.1.1:1")
	})
	if len(s.told) != 1 || !strings.HasSuffix(s.told[0], " 1.1.1.1") {
		t.Errorf("told %q", s.told)
	}
}

// S1-07: what is about to leave is asked for once more when its time is over,
// even if the answer before is still good.
func TestAskedBeforeLeaving(t *testing.T) {
	s := play(t, 5*time.Minute, time.Second, time.Hour, 10*time.Second, func(at time.Duration) outcome {
		if at == 0 {
			return answered(t, time.Minute, "a 1.1.1.1:1,a 2.2.2.2:1")
		}
		return answered(t, time.Minute, "a 1.1.1.1:1")
	})
	if gap := s.asked[2] - s.asked[1]; gap != 10*time.Second {
		t.Errorf("asked after %s", gap)
	}
	if len(s.told) != 2 || !strings.HasSuffix(s.told[1], " 1.1.1.1") {
		t.Errorf("told %q", s.told)
	}
	if st := s.status[1]; st.Kept != 1 || st.Targets != 2 {
		t.Errorf("status %+v", st)
	}
}

// kong#5477: a TTL of 0 and answers with some of the records each.
func TestSubsetsInTurn(t *testing.T) {
	turn := 0
	subsets := []string{"a 1.1.1.1:1", "a 2.2.2.2:1,a 3.3.3.3:1", "a 3.3.3.3:1", "a 1.1.1.1:1,a 2.2.2.2:1"}
	s := play(t, time.Hour, time.Second, time.Minute, 30*time.Second, func(time.Duration) outcome {
		turn++
		return answered(t, 0, subsets[turn%len(subsets)])
	})
	if len(s.told) > 3 || !strings.HasSuffix(s.told[len(s.told)-1], " 1.1.1.1,2.2.2.2,3.3.3.3") {
		t.Errorf("told %q", s.told)
	}
}

// NXDOMAIN for a moment, within keep, is nothing that anyone notices; a
// failure in the middle does not shorten or end it.
func TestGoneForAMoment(t *testing.T) {
	s := play(t, 5*time.Minute, time.Second, 10*time.Second, 30*time.Second, func(at time.Duration) outcome {
		switch at := at.Seconds(); {
		case at < 60, at > 80 && at < 120, at > 240:
			return answered(t, 0, "a 1.1.1.1:1")
		case at > 140 && at < 200: // beyond keep, but without an answer
			return outcome{err: errors.New("down")}
		}
		return answered(t, 0, "")
	})
	var want []string
	for _, c := range []struct {
		from time.Duration
		list string
	}{{0, " 1.1.1.1"}, {200 * time.Second, " "}, {240*time.Second + 1, " 1.1.1.1"}} {
		i, _ := slices.BinarySearch(s.asked, c.from)
		want = append(want, s.asked[i].Round(time.Second).String()+c.list)
	}
	if !slices.Equal(s.told, want) {
		t.Errorf("told %q, want %q: it leaves with the first answer after the failures", s.told, want)
	}
}

// Too many records are told to the operator, once.
func TestDropped(t *testing.T) {
	s := play(t, time.Minute, time.Second, time.Minute, 0, func(time.Duration) outcome {
		o := answered(t, 0, "a 1.1.1.1:1")
		o.dropped = 5
		return o
	})
	if n := strings.Count(s.log.String(), "too many targets"); n != 1 || s.status[0].Dropped != 5 {
		t.Errorf("told %d times; status %+v", n, s.status[0])
	}
}
