// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// The examples of the reference are one configuration: all of them together
// are applied, show no change afterwards, and are destroyed.
func TestAccExamples(t *testing.T) {
	tf := newTerraform(t)
	w := newWorld(t)
	_, chain, key := testkit.NewAuthority(t).Issue(t, "api.example.com")
	tf.env = append(tf.env, "TF_VAR_web_private_key="+key, "TF_VAR_ann_secret="+firstSecret)
	tf.write("web.crt", chain)
	tf.write("provider.tf", required+w.config(""))
	files, err := filepath.Glob("../../../examples/*/*/*.tf")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.ReplaceAll(strings.TrimPrefix(file, "../../../examples/"), "/", "-")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasPrefix(name, "quickstart"): // has a test of its own
		case strings.HasSuffix(name, "import-by-string-id.tf"):
		case strings.Contains(name, "route_match"): // asks a data plane, which this gateway lacks
		default:
			tf.write(name, string(text))
		}
	}
	tf.run("apply", "-auto-approve")
	if out, ok := tf.try("plan", "-detailed-exitcode"); !ok {
		t.Errorf("a plan after the apply has changes:\n%s", out)
	}
	if all := w.list(); len(all) < 12 {
		t.Errorf("the examples made %v only", all)
	}
	tf.run("destroy", "-auto-approve")
	if left := w.list(); len(left) > 0 {
		t.Errorf("destroy left %v", left)
	}
}
