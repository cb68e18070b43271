// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
)

// lookEvery is how often it is looked who is ejected: the log is as late at most,
// and no request pays for it.
const lookEvery = time.Second

// maxEjectionLines is how many lines an upstream gets for each look: when all of
// a thousand targets fail together, it is enough to know how many.
const maxEjectionLines = 5

// ejections tells the log which targets are ejected and which are back (S1-06).
type ejections struct {
	served func() map[string]*upstream.Pool
	log    *slog.Logger
	last   map[string]*ejected // by upstream
}

// ejected is how an upstream was at the last look.
type ejected struct {
	pool    *upstream.Pool
	total   int64                    // ejections
	targets map[string]ejectedTarget // that have been ejected, by address
}

type ejectedTarget struct {
	since time.Time // of the last ejection, which it tells from others
	out   bool
}

// watch looks until ctx ends.
func (e *ejections) watch(ctx context.Context) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			e.look()
		case <-ctx.Done():
			return nil
		}
	}
}

// look tells what is new since the last look. Of an upstream that has not changed
// and whose targets are well, it costs a lock. What was ejected by settings that
// are no longer there when it looks, it does not see.
func (e *ejections) look() {
	pools := e.served()
	maps.DeleteFunc(e.last, func(id string, _ *ejected) bool { return pools[id] == nil })
	for _, id := range slices.Sorted(maps.Keys(pools)) {
		p := pools[id]
		before := e.last[id]
		if before == nil {
			before = &ejected{}
		}
		total := p.Ejections()
		if before.pool == p && total == before.total && !before.anyOut() {
			continue
		}
		now := &ejected{pool: p, total: total, targets: make(map[string]ejectedTarget)}
		e.compare(id, before, now, p.Status())
		e.last[id] = now
	}
}

func (e *ejected) anyOut() bool {
	for _, t := range e.targets {
		if t.out {
			return true
		}
	}
	return false
}

// compare tells the differences between two looks at the targets of an upstream.
func (e *ejections) compare(id string, before, now *ejected, all []upstream.TargetStatus) {
	gone, back := 0, 0
	for i := range all {
		s := all[i].Ejection
		if s == nil || s.Times == 0 {
			continue
		}
		address := all[i].Target.Address()
		was := before.targets[address]
		now.targets[address] = ejectedTarget{s.Since, s.Ejected}
		again := !s.Since.Equal(was.since)
		if again {
			if gone++; gone <= maxEjectionLines {
				e.log.Warn("a target is ejected", "upstream", id, "target", address, "reason", s.Reason, "until", s.Until, "times", s.Times)
			}
		}
		if !s.Ejected && (was.out || again) {
			if back++; back <= maxEjectionLines {
				e.log.Info("a target is back from its ejection", "upstream", id, "target", address, "ejected", s.Until.Sub(s.Since).Round(time.Millisecond))
			}
		}
	}
	if gone > maxEjectionLines {
		e.log.Warn("targets are ejected", "upstream", id, "more", gone-maxEjectionLines)
	}
	if back > maxEjectionLines {
		e.log.Info("targets are back from their ejections", "upstream", id, "more", back-maxEjectionLines)
	}
}
