// SPDX-License-Identifier: Apache-2.0

package etcd

import (
	"context"
	"math/rand/v2"
	"time"
)

// A pause is the time between two attempts. It doubles from shortest to
// longest and is spread at random, so that many nodes do not come at once.
type pause struct {
	shortest, longest time.Duration
	next              time.Duration
}

func (p *pause) sleep(ctx context.Context) error {
	p.next = min(max(2*p.next, p.shortest), p.longest)
	timer := time.NewTimer(p.next/2 + rand.N(p.next/2+1))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (p *pause) reset() { p.next = 0 }
