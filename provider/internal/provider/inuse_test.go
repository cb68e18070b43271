// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"net"
	"strings"
	"testing"
)

// What is written and cannot be used is applied, with a warning.
func TestAccWrittenButNotInUse(t *testing.T) {
	held, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	tf, w := newTerraform(t), newGateway(t)
	taken := listener("taken", held.Addr().String())
	for _, config := range []string{taken, strings.Replace(taken, "  address", "  description = \"again\"\n  address", 1)} { // created, updated
		tf.write("main.tf", required+w.config(config+upstream))
		var warnings []diagnostic
		for _, d := range tf.diagnostics(tf.run("apply", "-auto-approve", "-json")) {
			if d.Severity == "warning" && d.Summary == "Written, but not in use" {
				warnings = append(warnings, d)
			}
		}
		const says = "the gateway has stored it, and the node that was asked cannot use it now: address: "
		if len(warnings) != 1 || !strings.HasPrefix(flat(warnings[0].Detail), says) || !strings.Contains(warnings[0].Detail, "in use") {
			t.Errorf("the warnings are %v", warnings)
		}
	}
	if w.get("listener", "taken") == "" {
		t.Error("the listener is not stored")
	}
}
