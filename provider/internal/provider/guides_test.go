// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// Everything in the guides that is Terraform is right, but that a guide may
// refer to what it leaves out.
func TestAccGuides(t *testing.T) {
	files, err := filepath.Glob("../../templates/guides/*.md")
	if err != nil {
		t.Fatal(err)
	}
	fenced := regexp.MustCompile("(?s)```terraform\n(.*?)```")
	begins := regexp.MustCompile(`^(#|(terraform|provider|resource|data|variable|output|locals|check|import)\b)`)
	reads := regexp.MustCompile(`file\("\$\{path\.module\}/([^"]+)"\)`)
	some := testkit.NewAuthority(t).PEM
	blocks := 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var config strings.Builder
			for _, block := range fenced.FindAllStringSubmatch(string(text), -1) {
				if begins.MatchString(block[1]) {
					config.WriteString(block[1])
					blocks++
				}
			}
			if !strings.Contains(config.String(), "required_providers") {
				config.WriteString(required)
			}
			tf := newTerraform(t)
			tf.write("main.tf", config.String())
			for _, name := range reads.FindAllStringSubmatch(config.String(), -1) {
				tf.write(name[1], some)
			}
			out, _ := tf.try("validate", "-json")
			for _, d := range tf.diagnostics(out) {
				if d.Severity == "error" && !strings.HasPrefix(d.Summary, "Reference to undeclared") {
					t.Errorf("%s: %s", d.Summary, d.Detail)
				}
			}
		})
	}
	if blocks < 8 && !t.Failed() && os.Getenv("TF_ACC") != "" {
		t.Errorf("only %d blocks were found", blocks)
	}
}
