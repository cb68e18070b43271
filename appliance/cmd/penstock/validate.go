// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/gateway"
)

func validateCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:     "validate FILE",
		Short:   "Check a configuration file without serving it",
		Long:    "Check a configuration file without serving it: nothing is opened, and nothing is made.",
		Example: "  penstock validate config.yaml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if file != "" && file != os.Getenv("PENSTOCK_FILE") {
					return fmt.Errorf("give one file to check, not both %s and %s", args[0], file)
				}
				file = args[0]
			}
			if file == "" {
				return errors.New("give the file to check: penstock validate FILE")
			}
			if err := gateway.CheckFile(file); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), file+": ok")
			return err
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "YAML or JSON file to check; the same as FILE")
	return cmd
}
