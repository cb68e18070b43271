// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"sync"
	"time"
)

// toldRefusals is how many requests without a good token the log tells of in
// a second: who has none must not be able to fill it.
const toldRefusals = 10

// refusals counts requests without a good token.
type refusals struct {
	mu     sync.Mutex
	second time.Time // when the current second began
	told   int       // in it
	untold int       // since the last one that was told
}

// tell reports whether the log is to have one more, and how many it has not
// had since the last one.
func (r *refusals) tell(now time.Time) (untold int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.second) >= time.Second {
		r.second, r.told = now, 0
	}
	if r.told == toldRefusals {
		r.untold++
		return 0, false
	}
	r.told++
	untold, r.untold = r.untold, 0
	return untold, true
}
