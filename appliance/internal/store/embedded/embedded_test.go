// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/embedded"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/etcd"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func start(t testing.TB, config embedded.Config) *embedded.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	s, err := embedded.Start(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func open(t testing.TB, config etcd.Config) *etcd.Store {
	t.Helper()
	s, err := etcd.Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

var a = store.Key{Kind: "route", ID: "a"}

// TestNoSetUp needs a directory and nothing else, opens no port, and has its
// data after a restart.
func TestNoSetUp(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	ctx := context.Background()
	before := listeners(t)
	t.Run("write", func(t *testing.T) {
		server := start(t, embedded.Config{Dir: dir})
		if server.Endpoint() != "" {
			t.Errorf("it listens on %s", server.Endpoint())
		}
		if now := listeners(t); now != before {
			t.Errorf("the process has %d listening sockets, had %d", now, before)
		}
		if _, err := open(t, server.StoreConfig("default")).Apply(ctx, []store.Write{{Key: a, Value: []byte("1")}}); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("read", func(t *testing.T) {
		server := start(t, embedded.Config{Dir: dir})
		if o, err := open(t, server.StoreConfig("default")).Get(ctx, a); err != nil || string(o.Value) != "1" {
			t.Errorf("after a restart: %q, %v", o.Value, err)
		}
	})
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("data directory: %v, %v; want mode 0700", info.Mode(), err)
	}
}

// listeners counts the listening TCP sockets that this process has open.
func listeners(t *testing.T) int {
	t.Helper()
	own := make(map[string]bool)
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("needs /proc")
	}
	for _, f := range files {
		if link, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil {
			own[strings.Trim(strings.TrimPrefix(link, "socket:"), "[]")] = true
		}
	}
	n := 0
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		content, _ := os.ReadFile(table)
		for line := range strings.Lines(string(content)) {
			if fields := strings.Fields(line); len(fields) > 9 && fields[3] == "0A" && own[fields[9]] {
				n++
			}
		}
	}
	return n
}

// TestListen lets another client in, over TCP and over a unix socket.
func TestListen(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "etcd.sock")
	for _, listen := range []string{"http://127.0.0.1:0", "unix://" + socket} {
		server := start(t, embedded.Config{Dir: t.TempDir(), Listen: listen})
		s := open(t, etcd.Config{Endpoints: []string{server.Endpoint()}})
		if _, err := s.Apply(context.Background(), []store.Write{{Key: a, Value: []byte("1")}}); err != nil {
			t.Errorf("%s: %v", server.Endpoint(), err)
		}
	}
}

// TestCloseWithFollower closes the server under a client that follows: no
// watch holds it up.
func TestCloseWithFollower(t *testing.T) {
	server := start(t, embedded.Config{Dir: t.TempDir(), Listen: "http://127.0.0.1:0"})
	s := open(t, etcd.Config{Endpoints: []string{server.Endpoint()}})
	ctx, cancel := context.WithCancel(context.Background())
	first, ended := make(chan struct{}), make(chan error)
	go func() { ended <- s.Follow(ctx, func(store.Update) { close(first) }, nil) }()
	<-first
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-server.Done():
	case <-time.After(30 * time.Second):
		t.Error("a closed server is not done")
	}
	if err := server.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("follow: %v", err)
	}
}

// TestLocked refuses a directory in use at once, be it of this program or of
// a plain etcd.
func TestLocked(t *testing.T) {
	dir := t.TempDir()
	t.Run("ours", func(t *testing.T) {
		start(t, embedded.Config{Dir: dir})
		_, err := embedded.Start(context.Background(), embedded.Config{Dir: dir})
		if !errors.Is(err, embedded.ErrLocked) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%v, want ErrLocked with the directory", err)
		}
	})
	t.Run("etcd", func(t *testing.T) {
		db, err := bolt.Open(filepath.Join(dir, "member", "snap", "db"), 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := embedded.Start(context.Background(), embedded.Config{Dir: dir}); !errors.Is(err, embedded.ErrLocked) {
			t.Errorf("%v, want ErrLocked", err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		start(t, embedded.Config{Dir: dir}) // a refusal leaves no lock behind
	})
}

func TestStartErrors(t *testing.T) {
	busy := start(t, embedded.Config{Dir: t.TempDir(), Listen: "http://127.0.0.1:0"})
	damaged := t.TempDir()
	if err := os.MkdirAll(filepath.Join(damaged, "member", "snap"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(damaged, "member", "snap", "db"), bytes.Repeat([]byte("x"), 1<<16), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		config embedded.Config
		want   string
	}{
		"no directory":  {embedded.Config{}, "no data directory"},
		"short history": {embedded.Config{Dir: t.TempDir(), History: time.Minute}, "keep 1h at least"},
		"address":       {embedded.Config{Dir: t.TempDir(), Listen: busy.Endpoint()}, "in use"},
		"host name":     {embedded.Config{Dir: t.TempDir(), Listen: "http://example.com:1"}, "expected IP"},
		"damaged":       {embedded.Config{Dir: damaged}, "invalid database"},
	} {
		_, err := embedded.Start(context.Background(), test.config)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, test.want)
		}
	}
}

// TestLog shows warnings, with their fields, and nothing less.
func TestLog(t *testing.T) {
	var out bytes.Buffer
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	server := start(t, embedded.Config{Dir: dir, Logger: slog.New(slog.NewTextHandler(&out, nil))})
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "check file permission") { // of a directory that others may read
		t.Errorf("no warning was logged: %s", &out)
	}
	for line := range strings.Lines(out.String()) {
		if !strings.Contains(line, "level=WARN") && !strings.Contains(line, "level=ERROR") || !strings.Contains(line, `msg="etcd: `) {
			t.Errorf("logged %s", line)
		}
	}
}

// BenchmarkStart measures the start on data that is there: under 1.5 s is
// what a restart of the appliance may wait for it.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		server, err := embedded.Start(context.Background(), embedded.Config{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		if err := server.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
