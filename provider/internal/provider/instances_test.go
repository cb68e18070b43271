// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/provider"
)

// What is reported has no resource; everything else has one.
func TestReportedKindsHaveNoResource(t *testing.T) {
	var names []string
	for _, newResource := range provider.New("test", catalogue)().Resources(t.Context()) {
		var m resource.MetadataResponse
		newResource().Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: "penstock"}, &m)
		names = append(names, m.TypeName)
	}
	for _, k := range api.Kinds() {
		if got := slices.Contains(names, "penstock_"+k.Name); got == k.Reported {
			t.Errorf("%s: has a resource is %t", k.Name, got)
		}
	}
}

// S3-02 to S3-04: Terraform owns the upstream and a platform its instances.
// Terraform sees no difference in what is reported, a change of the upstream
// leaves it alone, and destroying the upstream does not wait for the platform.
func TestAccReportedInstances(t *testing.T) {
	tf, w := newTerraform(t), newWorld(t)
	tf.write("main.tf", required+w.config(upstream))
	tf.run("apply", "-auto-approve")
	const document = `{"upstream":"app","host":"10.0.0.1","port":80,"weight":3}`
	w.put("instance", "web-1", document)
	w.put("instance", "web-2", `{"upstream":"app","host":"127.0.0.1","port":80}`) // which Terraform has too
	if out := tf.run("plan", "-no-color"); !strings.Contains(out, "No changes.") {
		t.Errorf("what is reported is a difference:\n%s", out)
	}
	tf.write("main.tf", required+w.config(strings.Replace(upstream, "targets", "max_idle = 7\n  targets", 1)))
	tf.run("apply", "-auto-approve")
	if got := w.get("instance", "web-1"); !strings.Contains(got, `"weight":3`) || !strings.Contains(w.get("upstream", "app"), `"max_idle":7`) {
		t.Errorf("after a change of the upstream the instance is %q", got)
	}
	tf.run("destroy", "-auto-approve")
	if got, want := w.list(), []string{"instance/web-1", "instance/web-2"}; !slices.Equal(got, want) {
		t.Errorf("after destroy there is %v, want %v", got, want)
	}
}
