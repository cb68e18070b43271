// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/diskcopy"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/embedded"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/etcd"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/file"
)

// Etcd says how to reach an etcd cluster, and whether the embedded one can be
// reached from outside.
type Etcd struct {
	Endpoints      []string // empty: the embedded etcd
	Username       string
	Password       string
	CACertificate  string // PEM file, "" for the system's authorities
	KeyPair        KeyPair
	EmbeddedListen string // URL on which the embedded etcd can be reached, "" for none
}

// stores are the faces of the one store.
type stores struct {
	written  store.Store    // what the Admin API writes to
	followed store.Store    // what the node follows
	registry store.Registry // nil if nodes cannot be listed
}

func openStore(ctx context.Context, config Config, cleanup *closers) (stores, error) {
	if config.File != "" {
		s, err := openFile(config.File)
		if err != nil {
			return stores{}, err
		}
		cleanup.add(s.Close)
		return stores{written: s, followed: s}, nil
	}
	if err := os.MkdirAll(config.DataDir, 0o700); err != nil {
		return stores{}, fmt.Errorf("data directory: %w; choose another with --data-dir", err)
	}
	etcdConfig, err := config.etcd(ctx, cleanup)
	if err != nil {
		return stores{}, err
	}
	etcdConfig.Logger = config.Log
	s, err := etcd.Open(ctx, etcdConfig)
	if err != nil {
		return stores{}, err
	}
	cleanup.add(s.Close)
	copied := diskcopy.Wrap(s, diskcopy.Config{Dir: filepath.Join(config.DataDir, "copy"), Cluster: config.Cluster, Logger: config.Log})
	return stores{written: s, followed: copied, registry: s}, nil
}

// etcd returns how to reach the etcd that is asked for, starting the embedded
// one if it is that.
func (c *Config) etcd(ctx context.Context, cleanup *closers) (etcd.Config, error) {
	if len(c.Etcd.Endpoints) == 0 {
		server, err := embedded.Start(ctx, embedded.Config{Dir: filepath.Join(c.DataDir, "etcd"), Listen: c.Etcd.EmbeddedListen, Logger: c.Log})
		if err != nil {
			return etcd.Config{}, err
		}
		cleanup.add(server.Close)
		return server.StoreConfig(c.Cluster), nil
	}
	config := etcd.Config{Endpoints: c.Etcd.Endpoints, Username: c.Etcd.Username, Password: c.Etcd.Password, Cluster: c.Cluster}
	if c.Etcd.CACertificate == "" && c.Etcd.KeyPair.Certificate == "" {
		return config, nil
	}
	config.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	if c.Etcd.CACertificate != "" {
		pem, err := os.ReadFile(c.Etcd.CACertificate)
		if err != nil {
			return config, fmt.Errorf("etcd's authority: %w", err)
		}
		config.TLS.RootCAs = x509.NewCertPool()
		if !config.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return config, fmt.Errorf("etcd's authority: %s holds no PEM certificate", c.Etcd.CACertificate)
		}
	}
	if c.Etcd.KeyPair.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(c.Etcd.KeyPair.Certificate, c.Etcd.KeyPair.Key)
		if err != nil {
			return config, fmt.Errorf("client certificate for etcd: %w", err)
		}
		config.TLS.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// openFile opens a file, all of which must be fit to be served.
func openFile(path string) (*file.Store, error) {
	config := file.Config{Kinds: make(map[string]string), Singletons: make(map[string]store.Key), Check: mistakes}
	for _, k := range api.Kinds() {
		if k.Singleton != "" {
			config.Singletons[k.Plural] = store.Key{Kind: k.Name, ID: k.Singleton}
		} else {
			config.Kinds[k.Plural] = k.Name
		}
	}
	return file.Open(path, config)
}
