// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/etcd"
)

// Limits of the embedded server, to be given to etcd.Config.
const (
	MaxOps   = 10_000
	MaxBytes = 8 << 20
)

// Config says where and how the server runs. Only Dir is required.
type Config struct {
	// Dir keeps the data. It is made when it does not exist. One process at
	// a time may use it.
	Dir string

	// Listen is a URL on which other clients, such as etcdctl or another
	// node, reach this server: "http://127.0.0.1:2379" or
	// "unix:///run/penstock/etcd.sock". Default: none, the server is reached
	// through Client only. The server asks nobody for a password, so an
	// address that others can reach needs ListenTLS or a network that only
	// friends can enter.
	Listen string

	// ListenTLS is for an https URL.
	ListenTLS *TLSFiles

	// History is how long old revisions can be read; then they are compacted
	// within the hour. At least one hour, default 72 hours.
	History time.Duration

	// MaxDataBytes is the size of the database at which the server takes no more
	// writes. Default 2 GiB; over 8 GiB etcd advises against.
	MaxDataBytes int64

	// Logger gets etcd's warnings and errors. Default: nothing is logged.
	Logger *slog.Logger
}

// TLSFiles are PEM files. When ClientCA is set, clients must show a
// certificate of it.
type TLSFiles struct{ Certificate, Key, ClientCA string }

// memberURL is the name under which the only member knows itself. Nothing
// listens there: a single member has no peers.
const memberURL = "http://127.0.0.1:0"

func (c Config) etcd() (*embed.Config, error) {
	if c.Dir == "" {
		return nil, errors.New("embedded etcd: no data directory")
	}
	if c.History == 0 {
		c.History = 72 * time.Hour
	}
	if c.History < time.Hour {
		return nil, fmt.Errorf("embedded etcd: history of %s is too short; keep 1h at least", c.History)
	}
	member, err := url.Parse(memberURL)
	if err != nil {
		return nil, err
	}
	e := embed.NewConfig()
	e.Name = "penstock"
	e.Dir = c.Dir
	e.ListenPeerUrls = nil
	e.ListenClientUrls, e.AdvertiseClientUrls = nil, nil
	e.AdvertisePeerUrls = []url.URL{*member}
	e.InitialCluster = e.InitialClusterFromName(e.Name)
	e.TickMs, e.ElectionMs = 25, 250 // nobody to wait for
	e.AutoCompactionMode = embed.CompactorModePeriodic
	e.AutoCompactionRetention = c.History.String()
	e.QuotaBackendBytes = c.MaxDataBytes
	e.MaxTxnOps = MaxOps
	e.MaxRequestBytes = MaxBytes
	// What is slow on a machine of our own is not worth a line a request.
	e.WarningUnaryRequestDuration = time.Second
	e.WarningApplyDuration = time.Second
	e.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zap.New(newLogCore(c.Logger)))
	if c.Listen != "" {
		listen, err := url.Parse(c.Listen)
		if err != nil {
			return nil, fmt.Errorf("embedded etcd: listen URL: %w", err)
		}
		e.ListenClientUrls = []url.URL{*listen}
		e.AdvertiseClientUrls = e.ListenClientUrls
	}
	if c.ListenTLS != nil {
		e.ClientTLSInfo.CertFile = c.ListenTLS.Certificate
		e.ClientTLSInfo.KeyFile = c.ListenTLS.Key
		e.ClientTLSInfo.TrustedCAFile = c.ListenTLS.ClientCA
		e.ClientTLSInfo.ClientCertAuth = c.ListenTLS.ClientCA != ""
	}
	return e, nil
}

// StoreConfig returns the configuration with which package etcd uses this
// server from inside the process.
func (s *Server) StoreConfig(cluster string) etcd.Config {
	return etcd.Config{Client: s.client, Cluster: cluster, MaxOps: MaxOps, MaxBytes: MaxBytes}
}
