// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/gateway"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func config(t *testing.T) gateway.Config {
	return gateway.Config{
		NodeID: "n", Cluster: "c", Version: "v", DataDir: t.TempDir(), Admin: "127.0.0.1:0", Operations: "127.0.0.1:0",
		Token: "a-token-for-tests", Grace: time.Second, Log: slog.New(slog.DiscardHandler),
	}
}

// A testLog keeps what is logged.
type testLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *testLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *testLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// What keeps a gateway from starting is told in words that say what to do,
// and leaves nothing behind: the same place starts without it.
func TestStartFails(t *testing.T) {
	occupied, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer occupied.Close()
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct {
		name   string
		change func(c *gateway.Config)
		say    []string
	}{
		{"admin address in use", func(c *gateway.Config) { c.Admin = occupied.Addr().String() }, []string{"Admin API", "address already in use", "--admin"}},
		{"operations address in use", func(c *gateway.Config) { c.Operations = occupied.Addr().String() }, []string{"operations", "address already in use", "--operations"}},
		{"data directory is a file", func(c *gateway.Config) { c.DataDir = write("data", "") }, []string{"data directory", "--data-dir"}},
		{"data directory is in use", func(c *gateway.Config) {
			g, err := gateway.Start(context.Background(), *c)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = g.Close() })
			c.NodeID = "another"
		}, []string{"data directory", "another process"}},
		{"no file", func(c *gateway.Config) { c.File = filepath.Join(c.DataDir, "missing.yaml") }, []string{"missing.yaml", "no such file"}},
		{"a broken file", func(c *gateway.Config) { c.File = write("config.yaml", "routes: [") }, []string{"config.yaml"}},
		{"an unknown kind in the file", func(c *gateway.Config) { c.File = write("config.yaml", "rutes: []\n") }, []string{"config.yaml", "rutes"}},
		{"a certificate that is no certificate", func(c *gateway.Config) {
			path := write("pem", "nothing")
			c.AdminTLS = gateway.KeyPair{Certificate: path, Key: path}
		}, []string{"Admin API's certificate", "--admin-cert", "--admin-key"}},
		{"an authority of etcd that is not there", func(c *gateway.Config) {
			c.Etcd.Endpoints, c.Etcd.CACertificate = []string{"https://127.0.0.1:1"}, "missing.pem"
		}, []string{"etcd's authority", "missing.pem"}},
		{"everything invalid at once", func(c *gateway.Config) {
			*c = gateway.Config{Admin: "nowhere", File: "f", Etcd: gateway.Etcd{Endpoints: []string{"e"}, KeyPair: gateway.KeyPair{Key: "k"}}, Cluster: "a/b", NodeID: ""}
		}, []string{"node id", "cluster", "admin address", "exclude each other", "etcd: give both of --etcd-cert and --etcd-key"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := config(t)
			test.change(&c)
			g, err := gateway.Start(context.Background(), c)
			if err == nil {
				_ = g.Close()
				t.Fatal("it starts")
			}
			for _, word := range test.say {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q does not say %q", err, word)
				}
			}
			if strings.Contains(test.name, "address in use") {
				c.Admin, c.Operations = "127.0.0.1:0", "127.0.0.1:0"
				if g, err = gateway.Start(context.Background(), c); err != nil {
					t.Fatalf("a second try: %v", err)
				}
				if err := g.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A start that is given up ends.
func TestStartCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if g, err := gateway.Start(ctx, config(t)); err == nil {
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// The first start makes a token; the second keeps it.
func TestFirstToken(t *testing.T) {
	c := config(t)
	c.Token = ""
	for _, made := range []bool{true, false} {
		g, err := gateway.Start(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		if (g.FirstToken() != "") != made {
			t.Errorf("token file %q, want one: %t", g.FirstToken(), made)
		}
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}
}
