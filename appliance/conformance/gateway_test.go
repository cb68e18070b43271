// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/gateway"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// A front is a gateway to be judged.
type front struct {
	protocol string // of the upstream
	target   string // "host:port" of its only target
	chain    string // PEM; without it the listener is plaintext
	key      string // PEM
	clientCA string // PEM; with it, clients must have a certificate
}

// start starts a gateway in a folder, with one listener and one route that
// takes everything, and returns the listener's address once it serves.
func (f front) start(ctx context.Context, folder string) (*gateway.Gateway, string, error) {
	address, err := testkit.FindAddress()
	if err != nil {
		return nil, "", err
	}
	file := filepath.Join(folder, "gateway.json")
	if err := f.write(file, address); err != nil {
		return nil, "", err
	}
	g, err := gateway.Start(ctx, gateway.Config{
		NodeID: "judged", Cluster: "default", Version: "conformance",
		File: file, DataDir: folder, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err = g.Node().WaitApplied(ctx, 1); err == nil {
		if problems := g.Node().Problems(); len(problems.Problems) > 0 {
			err = fmt.Errorf("the gateway has problems: %+v", problems.Problems)
		}
	}
	if err != nil {
		_ = g.Close()
		return nil, "", err
	}
	return g, address, nil
}

// write writes the gateway's configuration.
func (f front) write(file, address string) error {
	host, port, err := net.SplitHostPort(f.target)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	type object = map[string]any
	listener := object{"id": "front", "address": address}
	config := object{
		"listeners": []any{listener},
		"upstreams": []any{object{
			"id": "target", "protocol": f.protocol,
			"targets": []any{object{"host": host, "port": number}},
		}},
		"routes": []any{object{"id": "all", "paths": []string{"/*"}, "upstream": "target"}},
	}
	if f.chain != "" {
		secure := object{"certificates": []string{"front"}}
		if f.clientCA != "" {
			secure["client_ca"] = f.clientCA
		}
		listener["tls"] = secure
		config["certificates"] = []any{object{"id": "front", "certificate": f.chain, "private_key": f.key}}
	}
	text, err := json.Marshal(config)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}
