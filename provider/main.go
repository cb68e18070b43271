// SPDX-License-Identifier: Apache-2.0

// Command terraform-provider-penstock lets Terraform configure a Penstock
// gateway through its Admin API.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/provider"
)

//go:generate go run ./internal/plugindocs templates/guides

// version is set when a release is built.
var version = "devel"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger: print how Terraform attaches, and stay")
	flag.Parse()
	err := providerserver.Serve(context.Background(), provider.New(version, plugins.All()), providerserver.ServeOpts{
		Address:         "registry.terraform.io/penstock-gateway/penstock",
		Debug:           *debug,
		ProtocolVersion: 6,
	})
	if err != nil {
		log.Fatal(err)
	}
}
