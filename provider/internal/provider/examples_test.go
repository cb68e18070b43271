// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// The examples of the reference are one configuration: all of them together
// are applied, show no change afterwards, and are destroyed.
func TestAccExamples(t *testing.T) {
	tf := newTerraform(t)
	w := newGateway(t)
	here := strings.NewReplacer(`":8443"`, strconv.Quote(gatewaytest.FreeAddress(t)), `":8080"`, strconv.Quote(gatewaytest.FreeAddress(t)), `":9443"`, strconv.Quote(gatewaytest.FreeAddress(t)),
		`host = "10.`, `host = "127.`, `["10.0.0.2", "10.0.0.3"]`, `["127.0.0.2", "127.0.0.3"]`) // checks and questions stay here
	_, chain, key := testkit.NewAuthority(t).Issue(t, "api.example.com")
	tf.env = append(tf.env, "TF_VAR_web_private_key="+key, "TF_VAR_ann_secret="+firstSecret)
	tf.write("web.crt", chain)
	tf.write("partners-ca.crt", testkit.NewAuthority(t).PEM)
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
		default:
			tf.write(name, here.Replace(string(text)))
		}
	}
	if out := tf.run("apply", "-auto-approve", "-no-color"); !strings.Contains(out, `route_of_one_user = "users"`) {
		t.Errorf("the outputs are not as they should be:\n%s", out)
	}
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
