// SPDX-License-Identifier: Apache-2.0

package node

import (
	"testing"
	"time"
)

// A trouble that stays is told once a minute, each by itself.
func TestReminders(t *testing.T) {
	r, start := make(reminders), time.Unix(1e9, 0)
	for _, test := range []struct {
		subject string
		after   time.Duration
		due     bool
	}{
		{"a", 0, true}, {"a", time.Second, false}, {"b", time.Second, true}, {"a", 59 * time.Second, false},
		{"a", time.Minute, true}, {"b", time.Minute, false}, {"a", 119 * time.Second, false}, {"a", 2 * time.Minute, true},
	} {
		if got := r.due(test.subject, start.Add(test.after)); got != test.due {
			t.Errorf("%s after %s: %t", test.subject, test.after, got)
		}
	}
}
