// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/admin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/gateway"
)

func tokenCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke tokens for the Admin API",
		Long: `Tokens let their holders use the Admin API. They are kept, hashed, in the data
directory; a running gateway notices changes at once.`,
	}
	dataDirFlag(cmd.PersistentFlags(), &dir)
	open := func() (*admin.Tokens, error) {
		if err := gateway.CheckDataDir(dir); err != nil {
			return nil, err
		}
		return admin.OpenTokens(dir, nil), nil
	}
	cmd.AddCommand(tokenCreateCommand(open), tokenListCommand(open), tokenRevokeCommand(open))
	return cmd
}

// openTokens opens the tokens of the gateway that the command line names.
type openTokens func() (*admin.Tokens, error)

func tokenCreateCommand(open openTokens) *cobra.Command {
	var ttl time.Duration
	cmd := &cobra.Command{
		Use:     "create NAME",
		Short:   "Make a token and print its secret, once",
		Example: "  export PENSTOCK_TOKEN=$(penstock token create ci --ttl 720h)",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if ttl < 0 {
				return fmt.Errorf("--ttl must not be negative; is %s", ttl)
			}
			tokens, err := open()
			if err != nil {
				return err
			}
			secret, err := tokens.Create(args[0], ttl)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), secret)
			return err
		},
	}
	durationFlag(cmd.Flags(), &ttl, "ttl", 0, "how long the token is valid, such as 720h; 0: until it is revoked")
	return cmd
}

func tokenListCommand(open openTokens) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the tokens",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tokens, err := open()
			if err != nil {
				return err
			}
			list, err := tokens.List()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 3, ' ', 0)
			fmt.Fprintln(w, "NAME\tCREATED\tEXPIRES")
			for _, t := range list {
				expires := "never"
				if !t.Expires.IsZero() {
					expires = t.Expires.Format(time.RFC3339)
				}
				if t.Expired(time.Now()) {
					expires += " (expired)"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\n", t.Name, t.Created.Format(time.RFC3339), expires)
			}
			return w.Flush()
		},
	}
}

func tokenRevokeCommand(open openTokens) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke NAME",
		Short: "Make a token invalid at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			tokens, err := open()
			if err != nil {
				return err
			}
			return tokens.Revoke(args[0])
		},
	}
}
