// SPDX-License-Identifier: Apache-2.0

package node

import "time"

// remindAfter is how long a trouble that stays is not told again.
const remindAfter = time.Minute

// reminders are when a trouble was told last, by its subject.
type reminders map[string]time.Time

// due reports whether to tell now, and takes it as told then.
func (r reminders) due(subject string, now time.Time) bool {
	if last, told := r[subject]; told && now.Sub(last) < remindAfter {
		return false
	}
	r[subject] = now
	return true
}
