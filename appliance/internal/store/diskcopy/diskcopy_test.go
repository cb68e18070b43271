// SPDX-License-Identifier: Apache-2.0

package diskcopy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/memory"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/storetest"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func route(id string) store.Key { return store.Key{Kind: "route", ID: id} }

func apply(t *testing.T, s store.Store, values map[string]string) int64 {
	t.Helper()
	var writes []store.Write
	for id, value := range values {
		writes = append(writes, store.Write{Key: route(id), Value: []byte(value)})
	}
	revision, err := s.Apply(context.Background(), writes)
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// A sick store is one whose Follow is in the hands of a test.
type sick struct {
	*memory.Store
	losses chan error    // given to report
	healed chan struct{} // closed when Follow works
}

func newSick(inner *memory.Store) *sick {
	return &sick{inner, make(chan error), make(chan struct{})}
}

func (s *sick) Follow(ctx context.Context, apply func(store.Update), report func(error)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-s.losses:
			report(err)
		case <-s.healed:
			return s.Store.Follow(ctx, apply, report)
		}
	}
}

// saved makes a directory with a copy of these routes.
func saved(t *testing.T, config Config, values map[string]string) (revision int64) {
	t.Helper()
	inner := memory.New()
	revision = apply(t, inner, values)
	t.Run("save", func(t *testing.T) {
		storetest.Follow(t, Wrap(inner, config)).UntilRevision(revision)
	})
	return revision
}

// TestStartWithoutStore starts from the copy as soon as a loss is reported, and
// takes the store's own state when there is one.
func TestStartWithoutStore(t *testing.T) {
	config := Config{Dir: filepath.Join(t.TempDir(), "state"), Cluster: "default", Grace: time.Hour, Delay: time.Hour}
	old := saved(t, config, map[string]string{"a": `{"n":1}`, "b": "not\nJSON \x00"})

	inner := memory.New()
	s := newSick(inner)
	f := storetest.Follow(t, Wrap(s, config))
	s.losses <- errors.New("no etcd")
	f.UntilRevision(old)
	if got := f.State(); len(got) != 2 || got[route("a")] != `{"n":1}` || got[route("b")] != "not\nJSON \x00" {
		t.Errorf("state of the copy: %q", got)
	}
	s.losses <- errors.New("still no etcd")
	now := apply(t, inner, map[string]string{"a": `{"n":2}`})
	close(s.healed)
	f.UntilState(map[store.Key]string{route("a"): `{"n":2}`})
	updates := f.Updates()
	if len(updates) != 2 || !updates[0].Full || !updates[1].Full || updates[1].Revision != now {
		t.Errorf("updates: %+v", updates)
	}
	if reports := f.UntilReports(2); len(reports) != 2 {
		t.Errorf("reports: %v", reports)
	}
}

// TestGrace starts from the copy when the store says nothing at all.
func TestGrace(t *testing.T) {
	config := Config{Dir: t.TempDir(), Cluster: "default", Grace: time.Millisecond, Delay: time.Hour}
	old := saved(t, config, map[string]string{"a": "1"})
	storetest.Follow(t, Wrap(newSick(memory.New()), config)).UntilRevision(old)
}

// TestStoreFirst does not look at the copy when the store answers.
func TestStoreFirst(t *testing.T) {
	config := Config{Dir: t.TempDir(), Cluster: "default", Grace: time.Hour, Delay: time.Hour}
	saved(t, config, map[string]string{"old": "1"})
	inner := memory.New()
	revision := apply(t, inner, map[string]string{"new": "1"})
	f := storetest.Follow(t, Wrap(inner, config))
	f.UntilRevision(revision)
	if updates := f.Updates(); len(updates) != 1 || len(f.State()) != 1 {
		t.Errorf("updates: %+v", updates)
	}
}

// TestBadCopy reports a copy that is damaged or of another cluster, gives
// nothing of it, and works once the store is there.
func TestBadCopy(t *testing.T) {
	for name, test := range map[string]struct {
		cluster string
		damage  func([]byte) []byte
		want    string
	}{
		"other cluster": {"other", func(b []byte) []byte { return b }, `of cluster "default", this node is of cluster "other"`},
		"cut short":     {"default", func(b []byte) []byte { return b[:len(b)-3] }, "checksum"},
		"one bit":       {"default", func(b []byte) []byte { b[len(b)-3] ^= 1; return b }, "checksum"},
		"empty":         {"default", func([]byte) []byte { return nil }, "does not begin with"},
		"newer": {"default", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), format+" 1 ", format+" 2 ", 1))
		}, `version "2"`},
	} {
		t.Run(name, func(t *testing.T) {
			config := Config{Dir: t.TempDir(), Cluster: "default", Grace: time.Hour, Delay: time.Hour}
			saved(t, config, map[string]string{"a": "1"})
			path := filepath.Join(config.Dir, Name)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, test.damage(content), 0o600); err != nil {
				t.Fatal(err)
			}
			config.Cluster = test.cluster
			inner := memory.New()
			s := newSick(inner)
			f := storetest.Follow(t, Wrap(s, config))
			s.losses <- errors.New("no etcd")
			reports := f.UntilReports(2)
			if !strings.Contains(reports[0].Error(), test.want) || !strings.Contains(reports[0].Error(), path) {
				t.Errorf("reported %v, want %q", reports[0], test.want)
			}
			if len(f.Updates()) != 0 {
				t.Error("a bad copy was served")
			}
			revision := apply(t, inner, map[string]string{"b": "1"})
			close(s.healed)
			f.UntilRevision(revision)
		})
	}
}

func TestNoCopy(t *testing.T) {
	inner := memory.New()
	s := newSick(inner)
	f := storetest.Follow(t, Wrap(s, Config{Dir: t.TempDir(), Cluster: "default", Grace: time.Millisecond}))
	s.losses <- errors.New("no etcd")
	if reports := f.UntilReports(1); len(reports) != 1 {
		t.Errorf("that there is no copy is no second error: %v", reports)
	}
	revision := apply(t, inner, map[string]string{"b": "1"})
	close(s.healed)
	f.UntilRevision(revision)
}

// TestSaved checks that the copy holds what updates add up to, is for this
// user only, and that its directory holds nothing else.
func TestSaved(t *testing.T) {
	config := Config{Dir: t.TempDir(), Cluster: "default", Delay: time.Hour}
	inner := memory.New()
	apply(t, inner, map[string]string{"a": "1", "b": "1"})
	var last int64
	t.Run("follow", func(t *testing.T) {
		f := storetest.Follow(t, Wrap(inner, config))
		for i := range 1000 {
			last = apply(t, inner, map[string]string{"a": fmt.Sprint(i)})
		}
		f.UntilRevision(last)
		if _, err := os.Stat(filepath.Join(config.Dir, Name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("saved before the delay: %v", err)
		}
	})
	update, err := load(config.Dir, "default")
	if err != nil || update.Revision != last || len(update.Changes) != 2 || string(update.Changes[0].Value) != "999" {
		t.Errorf("%+v, %v", update, err)
	}
	entries, err := os.ReadDir(config.Dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("directory: %v, %v", entries, err)
	}
	if info, err := entries[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

// TestSavedWhileFollowing waits for the save that comes after the delay.
func TestSavedWhileFollowing(t *testing.T) {
	config := Config{Dir: t.TempDir(), Cluster: "default", Delay: time.Millisecond}
	inner := memory.New()
	revision := apply(t, inner, map[string]string{"a": "1"})
	storetest.Follow(t, Wrap(inner, config))
	deadline := time.After(30 * time.Second)
	for {
		if update, err := load(config.Dir, "default"); err == nil && update.Revision == revision {
			return
		}
		select {
		case <-time.After(time.Millisecond):
		case <-deadline:
			t.Fatal("nothing was saved")
		}
	}
}

// TestDiskFull serves although nothing can be saved.
func TestDiskFull(t *testing.T) {
	notDir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(notDir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	inner := memory.New()
	f := storetest.Follow(t, Wrap(inner, Config{Dir: notDir, Cluster: "default", Delay: time.Millisecond}))
	for i := range 20 {
		f.UntilRevision(apply(t, inner, map[string]string{"a": fmt.Sprint(i)}))
	}
}

func TestClosed(t *testing.T) {
	inner := memory.New()
	s := Wrap(inner, Config{Dir: t.TempDir(), Cluster: "default"})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Follow(context.Background(), func(store.Update) {}, nil); !errors.Is(err, store.ErrClosed) {
		t.Errorf("follow of a closed store: %v, want ErrClosed", err)
	}
}
