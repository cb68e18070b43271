// SPDX-License-Identifier: Apache-2.0

package etcd

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// Limits of an etcd server that nobody configured.
const (
	DefaultMaxOps   = 128
	DefaultMaxBytes = 1536 << 10
)

// Config says how to reach etcd. Its zero values choose the defaults.
type Config struct {
	// Endpoints are etcd's client URLs, such as "https://10.0.0.1:2379".
	Endpoints []string

	// Username and Password are used when etcd has authentication on.
	Username, Password string

	// TLS is the client's side of https endpoints; nil means plaintext.
	TLS *tls.Config

	// Client is used instead of dialling Endpoints, such as that of an
	// embedded server. Whoever passes it closes it, after the Store.
	Client *clientv3.Client

	// Cluster names the configuration, so that several share one etcd.
	// Default "default".
	Cluster string

	// DialTimeout bounds one attempt to connect. With a password it includes
	// the check of it, which costs etcd much computing: many nodes that come
	// back at once have to wait. Default 10 s.
	DialTimeout time.Duration

	// Timeout bounds one call. Default 5 s.
	Timeout time.Duration

	// Heartbeat is how often a follower asks its watch for a sign of life. A
	// watch that is silent for two of them is lost. Default 5 s.
	Heartbeat time.Duration

	// MaxOps and MaxBytes are the server's --max-txn-ops and
	// --max-request-bytes. Defaults 128 and 1.5 MiB, etcd's own.
	MaxOps, MaxBytes int

	// Logger gets what happens to connections. Default: nothing is logged.
	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	if c.Cluster == "" {
		c.Cluster = "default"
	}
	if err := checkCluster(c.Cluster); err != nil {
		return c, err
	}
	if c.Client == nil && len(c.Endpoints) == 0 {
		return c, errors.New("etcd: no endpoints; name at least one, such as http://127.0.0.1:2379")
	}
	if (c.Username == "") != (c.Password == "") {
		return c, errors.New("etcd: username and password go together; give both or neither")
	}
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{{&c.DialTimeout, 10 * time.Second}, {&c.Timeout, 5 * time.Second}, {&c.Heartbeat, 5 * time.Second}} {
		if *d.value <= 0 {
			*d.value = d.standard
		}
	}
	if c.MaxOps <= 0 {
		c.MaxOps = DefaultMaxOps
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

func checkCluster(name string) error {
	for _, r := range name {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			continue
		}
		return fmt.Errorf("etcd: bad cluster name %q; use letters, digits, '.', '-' and '_'", name)
	}
	return nil
}
