// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/gateway"
)

func validateCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:     "validate -f FILE",
		Short:   "Check a configuration file without serving it",
		Example: "  penstock validate -f config.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return errors.New("give the file to check: --file FILE")
			}
			if err := gateway.CheckFile(file); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), file+": ok")
			return err
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "YAML or JSON file to check")
	return cmd
}
