// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/gateway"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/observe"
)

func runCommand() *cobra.Command {
	config := gateway.Config{Version: version}
	var logFormat, logLevel string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Serve traffic",
		Long: `Serve traffic until the process is told to end (SIGTERM or Ctrl-C); then stop
accepting, and give what is in flight its grace.

Without flags it runs on one machine with no set-up: an embedded etcd in the data
directory, the Admin API for Terraform on 127.0.0.1:9180, metrics and health on
127.0.0.1:9181, and, as long as no listener is configured, plaintext HTTP/1.1 and
HTTP/2 on :8080. The first start writes a token for the Admin API to admin.token
in the data directory.

Every flag can be given as an environment variable: --data-dir is PENSTOCK_DATA_DIR.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := observe.NewLogger(cmd.ErrOrStderr(), logFormat, logLevel)
			if err != nil {
				return err
			}
			config.Log = log
			config.Token = os.Getenv("PENSTOCK_TOKEN")
			defer runtime.KeepAlive(heapFloor())
			go giveBack(cmd.Context())
			g, err := gateway.Start(cmd.Context(), config)
			if err != nil {
				return err
			}
			announce(log, config, g)
			return g.Wait()
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&config.File, "file", "f", "", "serve this YAML or JSON file; without Terraform and etcd")
	dataDirFlag(flags, &config.DataDir)
	flags.StringVar(&config.Cluster, "cluster", "default", "cluster that this node belongs to")
	flags.StringVar(&config.NodeID, "node-id", hostname(), "name of this node in its cluster")
	flags.StringVar(&config.Zone, "zone", "", "zone that this node runs in")
	flags.StringVar(&config.DefaultListener, "listen", ":8080", "address to serve while no listener is configured; empty for none")
	flags.StringVar(&config.Admin, "admin", "127.0.0.1:9180", "address of the Admin API; empty for none")
	flags.StringVar(&config.AdminTLS.Certificate, "admin-cert", "", "PEM file: serve the Admin API over TLS with this certificate")
	flags.StringVar(&config.AdminTLS.Key, "admin-key", "", "PEM file: private key of --admin-cert")
	flags.StringVar(&config.Operations, "operations", "127.0.0.1:9181", "address of /metrics, /livez and /readyz; empty for none")
	flags.BoolVar(&config.Profiling, "profiling", false, "serve Go profiles at /debug/pprof/ of the operations address")
	flags.StringSliceVar(&config.Etcd.Endpoints, "etcd", nil, "use this etcd cluster: client URLs, separated by commas; the embedded etcd if not given")
	flags.StringVar(&config.Etcd.Username, "etcd-username", "", "user of the etcd cluster; the password is read from PENSTOCK_ETCD_PASSWORD")
	flags.StringVar(&config.Etcd.CACertificate, "etcd-ca", "", "PEM file: authority of the etcd cluster")
	flags.StringVar(&config.Etcd.KeyPair.Certificate, "etcd-cert", "", "PEM file: client certificate for the etcd cluster")
	flags.StringVar(&config.Etcd.KeyPair.Key, "etcd-key", "", "PEM file: private key of --etcd-cert")
	flags.StringVar(&config.Etcd.EmbeddedListen, "etcd-listen", "", "URL on which others can reach the embedded etcd, such as http://127.0.0.1:2379")
	durationFlag(flags, &config.Grace, "grace", 30*time.Second, "how long what is in flight may take when the gateway stops")
	flags.StringVar(&logFormat, "log-format", "text", "text or json")
	flags.StringVar(&logLevel, "log-level", "info", "debug, info, warn or error")
	config.Etcd.Password = os.Getenv("PENSTOCK_ETCD_PASSWORD")
	return cmd
}

func dataDirFlag(flags *pflag.FlagSet, dir *string) {
	flags.StringVar(dir, "data-dir", defaultDataDir(), "directory for what outlives the process")
}

// defaultDataDir is the system's place for root and the user's own for others.
func defaultDataDir() string {
	if os.Geteuid() == 0 {
		return "/var/lib/penstock"
	}
	if state := os.Getenv("XDG_STATE_HOME"); state != "" {
		return filepath.Join(state, "penstock")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "penstock-data"
	}
	return filepath.Join(home, ".local", "state", "penstock")
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "penstock"
	}
	return name
}
