// SPDX-License-Identifier: Apache-2.0

package plugin_test

import (
	"errors"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// A thing knows whether it was closed.
type thing struct {
	open  *atomic.Int32 // things of this kind that are open
	shut  atomic.Bool
	fails error
}

func (o *thing) Close() error {
	if o.shut.Swap(true) {
		return errors.New("closed twice")
	}
	if o.open != nil {
		o.open.Add(-1)
	}
	return o.fails
}

func TestShared(t *testing.T) {
	var shared plugin.Shared
	opened := 0
	open := func() (*thing, error) { opened++; return &thing{}, nil }
	share := func(key string) (*thing, func() error) {
		t.Helper()
		v, release, err := plugin.Share(&shared, key, open)
		if err != nil {
			t.Fatal(err)
		}
		return v, release
	}
	a1, releaseA1 := share("a")
	a2, releaseA2 := share("a")
	b, releaseB := share("b")
	if a1 != a2 || a1 == b || opened != 2 {
		t.Fatalf("%d opened; a is the same: %t, b is another one: %t", opened, a1 == a2, a1 != b)
	}
	if err := releaseA1(); err != nil || a1.shut.Load() {
		t.Errorf("first release: %v, closed %t", err, a1.shut.Load())
	}
	if err := releaseA1(); err != nil || a1.shut.Load() {
		t.Errorf("the first release again: %v, closed %t: it must count once", err, a1.shut.Load())
	}
	if err := releaseA2(); err != nil || !a1.shut.Load() || b.shut.Load() {
		t.Errorf("last release: %v, a closed %t, b closed %t", err, a1.shut.Load(), b.shut.Load())
	}
	a3, releaseA3 := share("a")
	if a3 == a1 || opened != 3 {
		t.Errorf("after the last release: the same %t, %d opened", a3 == a1, opened)
	}
	_ = releaseA2() // a late second call must not touch the new one
	if a3.shut.Load() {
		t.Error("a release of the old one closed the new one")
	}
	if err := errors.Join(releaseA3(), releaseB()); err != nil || !a3.shut.Load() || !b.shut.Load() {
		t.Errorf("the end: %v, closed %t and %t", err, a3.shut.Load(), b.shut.Load())
	}
}

// What cannot be opened is not shared, and is tried again.
func TestSharedOpenFails(t *testing.T) {
	var shared plugin.Shared
	failure := errors.New("no such file")
	v, release, err := plugin.Share(&shared, "a", func() (*thing, error) { return &thing{}, failure })
	if v != nil || release != nil || !errors.Is(err, failure) {
		t.Errorf("got %v, %v", v, err)
	}
	v, release, err = plugin.Share(&shared, "a", func() (*thing, error) { return &thing{}, nil })
	if v == nil || err != nil {
		t.Fatalf("then: %v, %v", v, err)
	}
	if err := release(); err != nil || !v.shut.Load() {
		t.Errorf("release: %v, closed %t", err, v.shut.Load())
	}
}

// The last release says why closing failed, however often it is asked.
func TestSharedCloseFails(t *testing.T) {
	var shared plugin.Shared
	failure := errors.New("disk is full")
	open := func() (*thing, error) { return &thing{fails: failure}, nil }
	_, first, _ := plugin.Share(&shared, "a", open)
	v, last, _ := plugin.Share(&shared, "a", open)
	if err := first(); err != nil {
		t.Errorf("the first release: %v", err)
	}
	for range 2 {
		if err := last(); !errors.Is(err, failure) || !v.shut.Load() {
			t.Errorf("the last release: %v", err)
		}
	}
}

// Whoever shares a thing finds it open for as long as they hold it, whatever
// others do meanwhile, and in the end all is closed.
func TestSharedByMany(t *testing.T) {
	var shared plugin.Shared
	var open atomic.Int32
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			key := strconv.Itoa(i % 2)
			for range 500 {
				v, release, err := plugin.Share(&shared, key, func() (*thing, error) {
					open.Add(1)
					return &thing{open: &open}, nil
				})
				if err != nil || v.shut.Load() {
					t.Errorf("share: %v, closed %t", err, v.shut.Load())
					return
				}
				runtime.Gosched() // while others share and release
				if v.shut.Load() {
					t.Error("closed while it is in use")
				}
				var twice sync.WaitGroup
				for range 2 {
					twice.Go(func() {
						if err := release(); err != nil {
							t.Errorf("release: %v", err)
						}
					})
				}
				twice.Wait()
			}
		})
	}
	all.Wait()
	if n := open.Load(); n != 0 {
		t.Errorf("%d are still open", n)
	}
}
