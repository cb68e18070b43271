// SPDX-License-Identifier: Apache-2.0

// Command penstock is the gateway appliance.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set when a release is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := root().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "penstock:", err)
		os.Exit(1)
	}
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "penstock",
		Short: "A gateway for HTTP, gRPC and WebSocket that Terraform configures",
		Long: `Penstock is a gateway for HTTP/1.1, HTTP/2, gRPC and WebSocket on one port.
Terraform configures it through its Admin API, or one file does without Terraform.`,
		Example: `  penstock run                    # embedded etcd, traffic on :8080, Admin API on 127.0.0.1:9180
  penstock run -f config.yaml     # everything from one file
  penstock validate config.yaml
  penstock token create ci --ttl 720h`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return fromEnvironment(cmd.Flags(), os.LookupEnv)
		},
	}
	cmd.AddCommand(runCommand(), validateCommand(), tokenCommand(), versionCommand())
	return cmd
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "penstock version", version)
			return err
		},
	}
}
