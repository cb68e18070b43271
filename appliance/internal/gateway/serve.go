// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/admin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/observe"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// openAdmin opens the Admin API's socket, and leaves in g what serves it.
func (g *Gateway) openAdmin(st stores, catalogue *plugin.Catalogue) error {
	c := g.config
	if c.Admin == "" {
		return nil
	}
	if err := markDataDir(c.DataDir, c.NodeID); err != nil {
		return err
	}
	tokens := admin.OpenTokens(c.DataDir, nil)
	if c.Token == "" {
		path, created, err := tokens.Bootstrap()
		if err != nil {
			return err
		}
		if created {
			g.tokenAt = path
		}
	}
	var secure *tls.Config
	if c.AdminTLS.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(c.AdminTLS.Certificate, c.AdminTLS.Key)
		if err != nil {
			return fmt.Errorf("the Admin API's certificate, of --admin-cert and --admin-key: %w", err)
		}
		secure = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	l, err := net.Listen("tcp", c.Admin)
	if err != nil {
		return fmt.Errorf("the Admin API: %w; choose another address with --admin", err)
	}
	g.admin = &endpoint{l, admin.NewServer(admin.New(admin.Options{
		Store: st.written, Registry: st.registry, Catalogue: catalogue, Running: g.node,
		Tokens: tokens, StaticTokens: map[string]string{"environment": c.Token},
		Cluster: c.Cluster, Version: c.Version, Log: c.Log,
	}), secure, c.Log)}
	return nil
}

// openOperations opens the operations listener.
func (g *Gateway) openOperations() error {
	if g.config.Operations == "" {
		return nil
	}
	l, err := net.Listen("tcp", g.config.Operations)
	if err != nil {
		return fmt.Errorf("the operations listener: %w; choose another address with --operations", err)
	}
	serves := g.metrics.Operations(g.node.Ready)
	if g.config.Profiling {
		serves = observe.WithProfiles(serves)
	}
	g.operations = &endpoint{l, admin.NewServer(serves, nil, g.config.Log)}
	return nil
}

// An endpoint is a socket that is not for traffic. A nil endpoint is one that
// is not wanted.
type endpoint struct {
	listener net.Listener
	server   *admin.Server
}

// goodbye is how long requests to an endpoint may take when it ends.
const goodbye = 5 * time.Second

// serve serves until ctx ends, and lets what began come to its end.
func (e *endpoint) serve(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- e.server.Serve(e.listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	_ = e.server.Shutdown(end) // cut short when it takes too long
	return <-failed
}

func (e *endpoint) address() string {
	if e == nil {
		return ""
	}
	return e.listener.Addr().String()
}

func (e *endpoint) close() error {
	if e == nil {
		return nil
	}
	return e.listener.Close()
}
