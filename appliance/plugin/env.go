// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"io"
	"log/slog"
	"sync"
	"time"
)

// An Env is what the gateway offers to a plugin's runtime.
type Env struct {
	Log    *slog.Logger     // names the plugin and the object it is configured on
	Now    func() time.Time // the clock; tests set their own
	Count  func(name, help string) Counter
	Shared *Shared
}

// A Counter counts events for the metrics endpoint.
type Counter interface{ Add(n float64) }

// Shared holds what several runtimes use together, such as an open log file.
// The zero Shared is ready to use.
type Shared struct {
	mu    sync.Mutex
	items map[string]*sharedItem
}

type sharedItem struct {
	value io.Closer
	users int
}

// Share returns the T that is shared under a key, opening it for its first
// user. The caller calls release once; the last one closes it.
func Share[T io.Closer](s *Shared, key string, open func() (T, error)) (value T, release func() error, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	item := s.items[key]
	if item == nil {
		v, err := open()
		if err != nil {
			return value, nil, err
		}
		item = &sharedItem{value: v}
		if s.items == nil {
			s.items = make(map[string]*sharedItem)
		}
		s.items[key] = item
	}
	item.users++
	return item.value.(T), sync.OnceValue(func() error { return s.release(key, item) }), nil
}

func (s *Shared) release(key string, item *sharedItem) error {
	s.mu.Lock()
	item.users--
	last := item.users == 0
	if last {
		delete(s.items, key)
	}
	s.mu.Unlock()
	if last {
		return item.value.Close()
	}
	return nil
}
