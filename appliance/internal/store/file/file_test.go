// SPDX-License-Identifier: Apache-2.0

package file

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/storetest"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// replaceFile leaves no moment in which the file is half written.
func replaceFile(t *testing.T, path, content string) {
	t.Helper()
	writeFile(t, path+".new", content)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// open returns a store that looks at its file whenever tick is called.
func open(t *testing.T, path string) (s *Store, tick func()) {
	t.Helper()
	ticks := make(chan time.Time)
	config := testConfig
	config.Ticks = func() <-chan time.Time { return ticks }
	s, err := Open(path, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, func() { ticks <- time.Time{} }
}

const (
	one = "routes:\n  - {id: a, n: 1}\n  - {id: b}\n"
	two = "routes:\n  - {id: a, n: 2}\n  - {id: c}\n"
)

func route(id string) store.Key { return store.Key{Kind: "route", ID: id} }

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "penstock.yaml")
	writeFile(t, path, "routes: [{id: c}, {id: a}, {id: b}]\nsettings: {x: 1}\n")
	s, _ := open(t, path)
	ctx := context.Background()
	if o, err := s.Get(ctx, route("a")); err != nil || string(o.Value) != `{"id":"a"}` || o.Revision != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := s.Get(ctx, route("x")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get of nothing: %v", err)
	}
	page, err := s.List(ctx, "route", store.ListOptions{After: "a", Limit: 1})
	if err != nil || len(page.Objects) != 1 || page.Objects[0].ID != "b" || page.Next != "b" || page.Revision != 1 {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := s.List(ctx, "route", store.ListOptions{Revision: 2}); !errors.Is(err, store.ErrCompacted) {
		t.Errorf("list of another revision: %v", err)
	}
	if _, err := s.Apply(ctx, nil); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("apply: %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "penstock.yaml")
	if _, err := Open(path, testConfig); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("no file: %v", err)
	}
	writeFile(t, path, "rotes: []\n")
	if _, err := Open(path, testConfig); err == nil || !strings.Contains(err.Error(), path+": rotes (line 1)") {
		t.Errorf("a wrong file: %v", err)
	}
}

// TestChanges replaces the file in all the ways that there are (S1-38).
func TestChanges(t *testing.T) {
	for name, replace := range map[string]func(t *testing.T, path, content string){
		"in place": writeFile,
		"rename":   replaceFile,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "penstock.yaml")
			writeFile(t, path, one)
			s, tick := open(t, path)
			checkChange(t, s, tick, func() { replace(t, path, two) })
		})
	}
	// A ConfigMap volume: penstock.yaml -> ..data/penstock.yaml, ..data -> a
	// folder that is replaced as a whole.
	t.Run("symbolic link", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "penstock.yaml")
		link := func(version, content string) {
			if err := os.Mkdir(filepath.Join(dir, version), 0o700); err != nil {
				t.Fatal(err)
			}
			writeFile(t, filepath.Join(dir, version, "penstock.yaml"), content)
			next := filepath.Join(dir, "..data_tmp")
			if err := errors.Join(os.Symlink(version, next), os.Rename(next, filepath.Join(dir, "..data"))); err != nil {
				t.Fatal(err)
			}
		}
		link("..1", one)
		if err := os.Symlink(filepath.Join("..data", "penstock.yaml"), path); err != nil {
			t.Fatal(err)
		}
		s, tick := open(t, path)
		checkChange(t, s, tick, func() { link("..2", two) })
	})
}

func checkChange(t *testing.T, s *Store, tick, change func()) {
	t.Helper()
	f := storetest.Follow(t, s)
	tick()
	change()
	tick()
	f.UntilRevision(2)
	tick()
	updates := f.Updates()
	if len(updates) != 2 || updates[1].Full || len(updates[1].Changes) != 3 {
		t.Fatalf("updates: %+v", updates)
	}
	if b := updates[1].Changes[1]; b.Key != route("b") || b.Value != nil {
		t.Errorf("b is not deleted: %+v", b)
	}
	if got := f.State(); len(got) != 2 || got[route("a")] != `{"id":"a","n":2}` {
		t.Errorf("state: %v", got)
	}
}

// TestBrokenFile keeps the last good content while the file is wrong or gone.
func TestBrokenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "penstock.yaml")
	writeFile(t, path, one)
	s, tick := open(t, path)
	f := storetest.Follow(t, s)
	tick()
	replaceFile(t, path, "routes: [")
	tick()
	tick()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	tick()
	tick()
	if o, err := s.Get(context.Background(), route("a")); err != nil || o.Revision != 1 {
		t.Errorf("the last good content is gone: %v", err)
	}
	replaceFile(t, path, "# the same\n"+one)
	tick()
	tick()
	reports := f.UntilReports(3)
	if len(reports) != 3 || !strings.Contains(reports[0].Error(), path) || !errors.Is(reports[1], os.ErrNotExist) || reports[2] != nil {
		t.Errorf("reports: %v", reports)
	}
	replaceFile(t, path, two)
	tick()
	f.UntilRevision(2)
	if updates := f.Updates(); len(updates) != 2 {
		t.Errorf("a comment is no change of the configuration; updates: %+v", updates)
	}
}

// TestUnreadable: what cannot be read in the file's place is told once, the
// last good content stays, and the file is read when it is back.
func TestUnreadable(t *testing.T) {
	for name, test := range map[string]struct {
		put  func(path string) error
		want string
	}{
		"a directory": {func(path string) error { return os.Mkdir(path, 0o700) }, "is a directory"},
		"too large": {func(path string) error {
			return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, maxSize+1))
		}, "larger than"},
		"a dead link": {func(path string) error { return os.Symlink("nowhere", path) }, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "penstock.yaml")
			writeFile(t, path, one)
			s, _ := open(t, path)
			if err := errors.Join(test.put(path+".new"), os.Rename(path, path+".old"), os.Rename(path+".new", path)); err != nil {
				t.Fatal(err)
			}
			good, broken := s.refresh()
			if broken == nil || !strings.Contains(broken.Error(), test.want) || good.revision != 1 || len(good.objects) != 2 {
				t.Errorf("revision %d, %v", good.revision, broken)
			}
			if _, again := s.refresh(); again != broken {
				t.Errorf("it would be told again: %v", again)
			}
			if err := errors.Join(os.Remove(path), os.Rename(path+".old", path)); err != nil {
				t.Fatal(err)
			}
			if good, broken := s.refresh(); broken != nil || good.revision != 1 {
				t.Errorf("it is back: revision %d, %v", good.revision, broken)
			}
		})
	}
}

// TestRefusedContent: a content with any mistake is not served, no part of
// it, and every such content is told once, even if the mistake is the same.
func TestRefusedContent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "penstock.yaml")
	writeFile(t, path, one)
	ticks := make(chan time.Time)
	config := testConfig
	config.Ticks = func() <-chan time.Time { return ticks }
	config.Check = func(objects []store.Object) (mistakes []string) {
		for _, o := range objects {
			if strings.Contains(string(o.Value), "bad") {
				mistakes = append(mistakes, o.Key.String()+" is bad")
			}
		}
		return mistakes
	}
	s, err := Open(path, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	tick := func() { ticks <- time.Time{} }
	f := storetest.Follow(t, s)
	for _, content := range []string{"routes: [{id: a, n: 2}, {id: b, bad: 1}]\n", "routes: [{id: a, n: 3}, {id: b, bad: 1}]\n"} {
		replaceFile(t, path, content)
		tick()
		tick()
	}
	replaceFile(t, path, two)
	tick()
	tick()
	f.UntilRevision(2)
	reports := f.UntilReports(3)
	if len(reports) != 3 || reports[2] != nil {
		t.Fatalf("reports: %v", reports)
	}
	for _, report := range reports[:2] {
		if refused, ok := errors.AsType[*store.FileError](report); !ok || refused.File != path || len(refused.Mistakes) != 1 || refused.Mistakes[0] != "route/b is bad" {
			t.Errorf("reports: %v", report)
		}
	}
	if updates := f.Updates(); len(updates) != 2 {
		t.Errorf("a part of a refused content is served: %+v", updates)
	}
	replaceFile(t, path, "routes: [{id: bad}]\n")
	if _, err := Open(path, config); err == nil || !strings.Contains(err.Error(), "route/bad is bad") {
		t.Errorf("opened with a mistake: %v", err)
	}
}
