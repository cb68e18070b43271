// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins"
)

// The guides are those that the declarations make.
func TestGuidesAreCurrent(t *testing.T) {
	for _, spec := range plugins.All().Specs() {
		got, err := os.ReadFile("../../templates/guides/plugin_" + spec.Name + ".md")
		if err != nil || string(got) != string(guide(spec)) {
			t.Errorf("the guide of %s is out of date: run make generate (%v)", spec.Name, err)
		}
	}
}
