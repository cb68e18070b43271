// SPDX-License-Identifier: Apache-2.0

// Command plugindocs writes one guide for each plugin: its README, and its
// settings as they are declared. The argument is the folder to write to.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: plugindocs FOLDER")
	}
	for _, spec := range plugins.All().Specs() {
		name := filepath.Join(os.Args[1], "plugin_"+spec.Name+".md")
		if err := os.WriteFile(name, guide(spec), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// guide returns a plugin's page.
func guide(spec *plugin.Spec) []byte {
	title, text, _ := strings.Cut(strings.TrimSpace(spec.Readme), "\n")
	var b strings.Builder
	fmt.Fprintf(&b, "---\npage_title: \"Plugin %s\"\nsubcategory: \"Plugins\"\ndescription: |-\n  %s\n---\n\n", spec.Name, spec.Summary())
	fmt.Fprintf(&b, "%s\n\n%s\n\n## Settings\n\n%s", title, strings.TrimSpace(text), spec.Type.Markdown())
	return []byte(b.String())
}
