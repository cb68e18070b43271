// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	state "github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

const (
	firstSecret  = "first-secret-of-ann-4711"
	secondSecret = "second-secret-of-ann-0815"
)

// managed are the resources of the whole configuration that it can change in
// place, with the ids of their objects.
var managed = map[string]string{
	"penstock_certificate.web": "web", "penstock_policy.limits": "limits", "penstock_cluster_settings.all": "cluster",
	"penstock_listener.web": "web", "penstock_upstream.app": "app", "penstock_service.app": "app", "penstock_route.app": "app",
	"penstock_consumer.ann": "ann", "penstock_credential.ann": "ann",
}

// whole returns a configuration with every kind of object.
func (w *world) whole() string {
	w.t.Helper()
	text, err := os.ReadFile("../../testdata/whole/main.tf")
	if err != nil {
		w.t.Fatal(err)
	}
	return w.config(string(text))
}

func variables(t *testing.T) config.Variables {
	_, chain, key := testkit.NewAuthority(t).Issue(t, "example.com")
	return config.Variables{
		"chain": config.StringVariable(chain), "key": config.StringVariable(key), "secret": config.StringVariable(firstSecret),
		"address": config.StringVariable(gatewaytest.FreeAddress(t)),
	}
}

// with returns the variables with one more.
func with(vars config.Variables, name string, value config.Variable) config.Variables {
	out := config.Variables{name: value}
	for k, v := range vars {
		if k != name {
			out[k] = v
		}
	}
	return out
}

// actions expects an action for every managed resource.
func actions(action plancheck.ResourceActionType) []plancheck.PlanCheck {
	var checks []plancheck.PlanCheck
	for resource := range managed {
		checks = append(checks, plancheck.ExpectResourceAction(resource, action))
	}
	return checks
}

// Every kind of object is created, shows no change afterwards, is updated in
// place, is imported, is repaired after an edit behind Terraform's back, is
// made again when it was deleted, and is deleted in the right order. (After
// each step the framework plans again and expects nothing.)
func TestAccLifecycle(t *testing.T) {
	w := newGateway(t)
	vars := variables(t)
	later := with(vars, "step", config.StringVariable("later"))
	steps := []resource.TestStep{
		{Config: w.whole(), ConfigVariables: vars},
		{Config: w.whole(), ConfigVariables: later, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: actions(plancheck.ResourceActionUpdate)}},
	}
	for name, id := range managed {
		steps = append(steps, resource.TestStep{
			Config: w.whole(), ConfigVariables: later, ResourceName: name, ImportState: true, ImportStateId: id, ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"targets.1.%", "plugins.headers.%"}, // they have null members, which are none,
		})
	}
	steps = append(steps,
		resource.TestStep{
			PreConfig: func() {
				for name, id := range managed {
					kind := strings.TrimPrefix(strings.Split(name, ".")[0], "penstock_")
					w.put(kind, id, strings.Replace(w.get(kind, id), `"description":"later"`, `"description":"edited"`, 1))
				}
			},
			Config: w.whole(), ConfigVariables: later, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: actions(plancheck.ResourceActionUpdate)},
			Check: func(*state.State) error {
				for name, id := range managed {
					kind := strings.TrimPrefix(strings.Split(name, ".")[0], "penstock_")
					if doc := w.get(kind, id); !strings.Contains(doc, `"description":"later"`) {
						return fmt.Errorf("%s was not repaired: %s", name, doc)
					}
				}
				return nil
			},
		},
		resource.TestStep{
			PreConfig: func() { w.delete("route", "app"); w.delete("credential", "ann") },
			Config:    w.whole(), ConfigVariables: later,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("penstock_route.app", plancheck.ResourceActionCreate),
				plancheck.ExpectResourceAction("penstock_credential.ann", plancheck.ResourceActionCreate),
				plancheck.ExpectResourceAction("penstock_service.app", plancheck.ResourceActionNoop),
			}},
		},
		// The plugins of a route are drift like anything else.
		resource.TestStep{
			PreConfig: func() {
				w.put("route", "app", strings.Replace(w.get("route", "app"), `"count":5`, `"count":6`, 1))
			},
			Config: w.whole(), ConfigVariables: later,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("penstock_route.app", plancheck.ResourceActionUpdate),
			}},
		},
	)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps:                    steps,
		CheckDestroy: func(*state.State) error {
			if left := w.list(); len(left) > 0 {
				return fmt.Errorf("left behind: %v", left)
			}
			return nil
		},
	})
}

// What exists is taken over by import blocks without any change, however it
// was spelled by whoever made it.
func TestAccImport(t *testing.T) {
	made := newGateway(t)
	vars := variables(t)
	var imports strings.Builder
	for name, id := range managed {
		fmt.Fprintf(&imports, "import {\n  to = %s\n  id = %q\n}\n", name, id)
	}
	imports.WriteString("import {\n  to = penstock_route.grpc\n  id = \"grpc\"\n}\n")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: made.whole(), ConfigVariables: vars},
			{
				// Terraform forgets everything; the gateway keeps it.
				Config: made.config(forget()), ConfigVariables: vars,
			},
			{
				PreConfig: func() {
					made.put("listener", "web", strings.Replace(made.get("listener", "web"), `"90s"`, `"1m30s"`, 1))
					made.put("route", "app", strings.Replace(made.get("route", "app"), `"window":"1m"`, `"window":"60s"`, 1))
				},
				Config: made.whole() + imports.String(), ConfigVariables: vars,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: append(actions(plancheck.ResourceActionNoop), plancheck.ExpectEmptyPlan())},
			},
		},
	})
}

// forget returns a configuration that drops every resource from the state
// without deleting its object.
func forget() string {
	var b strings.Builder
	b.WriteString("variable \"chain\" {}\nvariable \"key\" {}\nvariable \"secret\" {}\nvariable \"address\" {}\n")
	for name := range managed {
		fmt.Fprintf(&b, "removed {\n  from = %s\n  lifecycle {\n    destroy = false\n  }\n}\n", name)
	}
	b.WriteString("removed {\n  from = penstock_route.grpc\n  lifecycle {\n    destroy = false\n  }\n}\n")
	return b.String()
}
