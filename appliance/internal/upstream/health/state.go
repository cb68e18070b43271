// SPDX-License-Identifier: Apache-2.0

package health

import "time"

// A state is what is known of a target from its checks.
type state struct {
	healthy   bool
	checked   bool      // a check has ended
	since     time.Time // when it became what it is; at first, when the checks began
	successes int       // in a row, up to now
	failures  int       // in a row, up to now
	at        time.Time // when the last check ended
	err       string    // of the last check that failed since the target was last well
}

// thresholds are how many results in a row change a state.
type thresholds struct{ healthy, unhealthy int }

// result takes the result of a check, and reports whether the target is healthy
// now and was not, or the reverse. The first check of a target decides alone.
func (s *state) result(err error, now time.Time, t thresholds) (changed bool) {
	first := !s.checked
	s.checked, s.at = true, now
	decided := false
	if err == nil {
		s.successes, s.failures = s.successes+1, 0
		decided = first || s.successes >= t.healthy
		if s.healthy || decided {
			s.err = ""
		}
	} else {
		s.successes, s.failures, s.err = 0, s.failures+1, err.Error()
		decided = first || s.failures >= t.unhealthy
	}
	if !decided || s.healthy == (err == nil) {
		return false
	}
	s.healthy, s.since = err == nil, now
	return true
}

// under returns the state with which a check with other settings goes on.
// Results in a row are those of the same settings.
func (s state) under() state {
	s.successes, s.failures = 0, 0
	return s
}

// A Status is what is known of a target from its checks, for people.
type Status struct {
	Healthy   bool
	Checked   bool      // a check has ended; before that, Healthy is what the settings say
	Since     time.Time // when it became healthy or unhealthy; when the checks began, if it has not changed since
	Successes int       // in a row, up to now; 0 if the last check failed
	Failures  int       // in a row, up to now; 0 if the last check succeeded
	LastCheck time.Time // when the last check ended; zero: none has
	Error     string    // why the last check failed that did; "" if a healthy target's last check succeeded
}

func (s *state) status() Status {
	return Status{
		Healthy: s.healthy, Checked: s.checked, Since: s.since,
		Successes: s.successes, Failures: s.failures, LastCheck: s.at, Error: s.err,
	}
}
