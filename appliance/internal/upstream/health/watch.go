// SPDX-License-Identifier: Apache-2.0

package health

import (
	"crypto/tls"
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// A Spec says how a target is checked.
type Spec struct {
	Check    api.ActiveCheck // its defaults applied
	Protocol string          // of the upstream, such as [api.ProtocolHTTP]
	TLS      *tls.Config     // for secure protocols; ServerName is the target's host if empty; not changed

	// Key is equal for equal settings and no others, those of TLS included.
	Key string
}

// A Watch is somebody's interest in the health of a target.
type Watch struct {
	check    *check
	changed  func()
	released bool // guarded by the checker's mu
}

// Watch has a target ("host:port") checked until the watch is released.
//
// A target that is being checked already with the same settings has the state
// that it has. One that is new begins with the state that it has in from, which
// may be nil: a watch of the same address, with other settings, that has not
// been released.
//
// changed is called after the target has become healthy or unhealthy, under no
// lock, and never twice at the same time; it may be before Watch has returned.
// The next check of the target comes after it has returned. It may call anything but the checker's Close. No call
// begins once Release has returned, except one that was about to begin when it
// was called.
func (c *Checker) Watch(address string, s Spec, from *Watch, changed func()) *Watch {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := checkKey{address, s.Key}
	one := c.checks[key]
	if one == nil {
		one = newCheck(c, address, s)
		if from != nil && !from.released && from.check.address == address {
			one.inherit(from.check)
		}
		if !c.closed {
			c.checks[key] = one
			one.begin()
		}
	}
	w := &Watch{check: one, changed: changed}
	one.mu.Lock()
	one.watches = append(one.watches, w)
	one.mu.Unlock()
	c.watches++
	return w
}

// Healthy reports whether the target can take requests. It is one atomic load.
func (w *Watch) Healthy() bool { return w.check.healthy.Load() }

// Status returns what is known of the target.
func (w *Watch) Status() Status {
	w.check.mu.Lock()
	defer w.check.mu.Unlock()
	return w.check.state.status()
}

// Release ends the interest. The last release ends the probing at once: a probe
// that is running is given up, no other one begins, and the state is forgotten.
// Another call does nothing.
func (w *Watch) Release() {
	one := w.check
	if one.checker.release(w) {
		one.end() // not under the checker's lock: it closes connections
	}
}

// release takes a watch off, and reports whether its check has no other one. A
// check that has none is found by nobody any more.
func (c *Checker) release(w *Watch) (last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w.released {
		return false
	}
	w.released = true
	c.watches--
	one := w.check
	one.mu.Lock()
	if i := slices.Index(one.watches, w); i >= 0 {
		one.watches = slices.Delete(one.watches, i, i+1)
	}
	last = len(one.watches) == 0
	one.mu.Unlock()
	if key := (checkKey{one.address, one.key}); last && c.checks[key] == one {
		delete(c.checks, key)
	}
	return last
}
