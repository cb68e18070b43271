// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// A step of a scenario: what is configured, and what comes of planning or
// applying it.
type step struct {
	before func(w *world)
	config string   // without the provider
	raw    string   // instead, with the provider
	args   []string // of terraform; apply if nil
	fails  bool
	says   []string // fragments of what Terraform prints
	silent []string // fragments that it does not print
}

const upstream = `
resource "penstock_upstream" "app" {
  id      = "app"
  targets = [{ host = "127.0.0.1", port = 80 }]
}
`

func route(name, id, paths string) string {
	return `
resource "penstock_route" "` + name + `" {
  id       = "` + id + `"
  paths    = ` + paths + `
  upstream = penstock_upstream.app.id
}
`
}

func credential(secret string, version int) string {
	given := "null"
	if secret != "" {
		given = strconv.Quote(secret)
	}
	return fmt.Sprintf(`
resource "penstock_consumer" "ann" {
  id = "ann"
}

resource "penstock_credential" "ann" {
  id                = "ann"
  consumer          = penstock_consumer.ann.id
  type              = "key"
  secret_wo         = %s
  secret_wo_version = %d
}
`, given, version)
}

// certificates returns a certificate with its key, or with that of another;
// the test writes PEM for the capitals.
func certificates(other bool) string {
	key := "KEY"
	if other {
		key = "OTHER"
	}
	return "resource \"penstock_certificate\" \"web\" {\n  id = \"web\"\n  certificate = CHAIN\n  private_key_wo = " + key + "\n}\n"
}

var (
	planOnly = []string{"plan", "-no-color"}
	noChange = []string{"plan", "-no-color", "-detailed-exitcode"} // fails if there is any change
)

var scenarios = map[string][]step{
	"spellings are no change": {
		{config: upstream + `resource "penstock_route" "r" {
  id       = "r"
  timeout  = "60s"
  upstream = penstock_upstream.app.id
  plugins  = { rate_limit = { count = 5, window = "60s", status = null, key = tolist(["route"]) }, headers = null }
}`},
		{args: noChange, config: upstream + `resource "penstock_route" "r" {
  id       = "r"
  timeout  = "1m"
  upstream = penstock_upstream.app.id
  plugins  = { rate_limit = { count = 5.0, window = "1m0s", key = ["route"] } }
}`},
		{config: upstream + `resource "penstock_route" "r" {
  id       = "r"
  timeout  = "1m"
  methods  = ["GET"]
  upstream = penstock_upstream.app.id
  plugins  = { rate_limit = { count = 5, window = "1m", key = ["route"] } }
}`, says: []string{"1 changed"}},
		{args: noChange, config: upstream + `resource "penstock_route" "r" {
  id       = "r"
  timeout  = "60000ms"
  methods  = ["GET"]
  upstream = penstock_upstream.app.id
  plugins  = { rate_limit = { count = 5, window = "60s", key = ["route"] } }
}`},
	},
	"Terraform makes texts of numbers, and they are numbers": {
		{config: `variable "heavy" {
  default = true
}
resource "penstock_upstream" "app" {
  id      = "app"
  targets = var.heavy ? [{ host = "a", port = 80, weight = 2 }] : [{ host = "a", port = 80 }]
}`},
		{args: noChange, config: `resource "penstock_upstream" "app" {
  id      = "app"
  targets = [{ host = "a", port = 80, weight = 2 }]
}`},
	},
	"what exists is not taken over by create": {
		{before: func(w *world) { w.put("upstream", "app", `{"targets":[{"host":"10.0.0.1","port":80}]}`) }, args: planOnly, config: upstream,
			fails: true, says: []string{`the gateway already has the upstream "app"`, "terraform import penstock_upstream.NAME app"}},
	},
	"a new id is not that of what exists": {
		{config: upstream},
		{before: func(w *world) { w.put("upstream", "two", `{}`) }, args: planOnly, config: strings.Replace(upstream, "\"app\"\n", "\"two\"\n", 1),
			fails: true, says: []string{`the gateway already has the upstream "two"`}},
		{args: []string{"import", "-no-color", "penstock_upstream.two", "two"}, config: upstream + "resource \"penstock_upstream\" \"two\" {\n  id = \"two\"\n}\n"},
		{args: planOnly, config: strings.Replace(upstream, "\"app\"\n", "\"two\"\n", 1) + "resource \"penstock_upstream\" \"two\" {\n  id = \"two\"\n}\n",
			fails: true, says: []string{`id: `}},
	},
	"a new id replaces the object": {
		{config: upstream + route("r", "one", `["/a"]`)},
		{config: upstream + route("r", "two", `["/a"]`), says: []string{"1 added, 0 changed, 1 destroyed"}},
	},
	"an object in use keeps its id unless the new one comes first": {
		{config: upstream + route("r", "r", `["/a"]`)},
		{config: strings.Replace(upstream, `"app"
  t`, `"app2"
  t`, 1) + route("r", "r", `["/a"]`), fails: true, says: []string{"upstream/app cannot be deleted while these refer to it: route/r", "create_before_destroy"}},
		{config: strings.Replace(upstream, `"app"
  t`, `"app2"
  lifecycle {
    create_before_destroy = true
  }
  t`, 1) + route("r", "r", `["/a"]`), says: []string{"1 added, 1 changed, 1 destroyed"}},
	},
	"an object in use that is only deleted, or made again, is given no new id": {
		{config: upstream},
		{before: func(w *world) { w.put("route", "foreign", `{"paths":["/a"],"upstream":"app"}`) }, config: " ",
			fails: true, says: []string{"upstream/app cannot be deleted while these refer to it: route/foreign"}, silent: []string{"create_before_destroy", "new id"}},
		{args: []string{"apply", "-auto-approve", "-no-color", "-replace=penstock_upstream.app"}, config: upstream,
			fails: true, says: []string{"upstream/app cannot be deleted while these refer to it: route/foreign"}, silent: []string{"create_before_destroy", "new id"}},
		{args: []string{"destroy", "-auto-approve", "-no-color"}, config: upstream,
			fails: true, says: []string{"upstream/app cannot be deleted while these refer to it: route/foreign"}, silent: []string{"create_before_destroy", "new id"}},
		{config: strings.Replace(upstream, `"app"
  t`, `"app2"
  t`, 1), fails: true, says: []string{"route/foreign", "create_before_destroy"}},
	},
	"paths move from one route to another in one apply": {
		{config: upstream + route("a", "a", `["/a", "/b"]`) + route("b", "b", `["/c"]`)},
		{config: upstream + route("a", "a", `["/a"]`) + route("b", "b", `["/c", "/b"]`), says: []string{"0 added, 2 changed, 0 destroyed"}},
		{config: upstream + route("c", "c", `["/a", "/b", "/c"]`), says: []string{"1 added, 0 changed, 2 destroyed"}},
	},
	"a path that a planned change gives up is free": {
		{config: upstream + route("a", "a", `["/a", "/b"]`) + route("b", "b", `["/c"]`)},
		{args: planOnly, config: upstream + route("a", "a", `["/a"]`) + strings.Replace(route("b", "b", `["/c", "/b"]`), "  id ", "  depends_on = [penstock_route.a]\n  id ", 1),
			says: []string{"0 to add, 2 to change"}, silent: []string{"Warning"}},
	},
	"a conflict with what Terraform does not manage is told": {
		{before: func(w *world) {
			w.put("upstream", "other", `{"targets":[]}`)
			w.put("route", "other", `{"paths":["/a"],"upstream":"other"}`)
		}, args: planOnly, config: upstream + route("a", "a", `["/a"]`), says: []string{"takes the same requests as route/other", "Unless this plan changes or deletes route/other"}},
	},
	"what a plan deletes is not referred to": {
		{config: upstream + `resource "penstock_service" "s" {
  id       = "s"
  upstream = penstock_upstream.app.id
}`},
		{args: planOnly, config: `resource "penstock_service" "s" {
  id       = "s"
  upstream = "app"
}`, fails: true, says: []string{"upstream/app"}},
	},
	"a reference in quotes is refused, and one that Terraform sees is not": {
		{args: planOnly, config: upstream + strings.Replace(route("r", "r", `["/a"]`), "penstock_upstream.app.id", `"app"`, 1),
			fails: true, says: []string{"Reference in quotes", "penstock_upstream.NAME.id"}},
		{args: []string{"validate", "-no-color"}, config: upstream + strings.Replace(route("r", "r", `["/a"]`), "penstock_upstream.app.id", `"app"`, 1), fails: true},
		{config: upstream + route("r", "r", `["/a"]`)},
		{args: noChange, config: upstream + route("r", "r", `["/a"]`)},
		{args: []string{"apply", "-auto-approve", "-no-color", "-refresh=false"}, config: upstream + route("r", "r", `["/b"]`), says: []string{"1 changed"}},
	},
	"an object that is moved in the configuration needs a moved block": {
		{config: upstream + route("a", "a", `["/a"]`)},
		{args: planOnly, config: upstream + route("b", "a", `["/a"]`), fails: true, says: []string{"moved block"}},
		{args: planOnly, config: upstream + route("b", "a", `["/a"]`) + "moved {\n  from = penstock_route.a\n  to = penstock_route.b\n}\n", says: []string{"0 to add, 0 to change, 0 to destroy"}},
	},
	"two resources are not one object, whichever Terraform has": {
		{config: upstream},
		{args: planOnly, config: upstream + strings.Replace(upstream, "\"app\" {", "\"again\" {\n  depends_on = [penstock_upstream.app]", 1),
			fails: true, says: []string{`two resources of this configuration are the upstream "app"`}},
		{args: planOnly, config: strings.Replace(upstream, "\"app\" {", "\"app\" {\n  depends_on = [penstock_upstream.again]", 1) + strings.Replace(upstream, "\"app\" {", "\"again\" {", 1),
			fails: true, says: []string{"id: "}},
		{args: []string{"import", "-no-color", "penstock_upstream.again", "app"}, config: upstream + strings.Replace(upstream, "\"app\" {", "\"again\" {", 1)},
		{args: planOnly, config: upstream + strings.Replace(upstream, "\"app\" {", "\"again\" {", 1), fails: true, says: []string{"two resources"}},
	},
	"an object is replaced by one of the same id, but not before it is deleted": {
		{config: upstream},
		{args: []string{"plan", "-no-color", "-refresh=false", "-replace=penstock_upstream.app"}, config: upstream, says: []string{"1 to add, 0 to change, 1 to destroy"}},
		{args: []string{"apply", "-auto-approve", "-no-color", "-replace=penstock_upstream.app"}, config: strings.Replace(upstream, "\"app\" {", "\"app\" {\n  lifecycle {\n    create_before_destroy = true\n  }", 1),
			fails: true, says: []string{"create_before_destroy"}},
		{args: planOnly, config: upstream, fails: true, says: []string{"deposed", "terraform state rm"}},
		{args: []string{"state", "rm", "penstock_upstream.app"}, config: upstream},
		{args: []string{"import", "-no-color", "penstock_upstream.app", "app"}, config: upstream},
		{args: noChange, config: upstream},
	},
	"a tainted object is made again": {
		{config: upstream},
		{args: []string{"taint", "penstock_upstream.app"}, config: upstream},
		{config: upstream, says: []string{"1 added, 0 changed, 1 destroyed"}},
		{args: []string{"apply", "-auto-approve", "-no-color", "-replace=penstock_upstream.app"}, config: upstream, says: []string{"1 added, 0 changed, 1 destroyed"}},
	},
	"an edit between plan and apply is not overwritten": {
		{config: upstream},
		{args: []string{"plan", "-out=tfplan"}, config: strings.Replace(upstream, "80", "81", 1)},
		{before: func(w *world) { w.put("upstream", "app", `{"targets":[{"host":"10.0.0.1","port":80}]}`) },
			args: []string{"apply", "-no-color", "tfplan"}, config: strings.Replace(upstream, "80", "81", 1), fails: true, says: []string{"Object changed meanwhile", "Run terraform plan again"}},
		{config: strings.Replace(upstream, "80", "81", 1), says: []string{"1 changed"}},
	},
	"values that are not known are judged once they are": {
		{config: `
resource "terraform_data" "port" {
  input = 0
}

resource "penstock_upstream" "app" {
  id      = "app"
  targets = [{ host = "127.0.0.1", port = terraform_data.port.output }]
}
`, fails: true, says: []string{"targets[0].port: must be between 1 and 65535, is 0"}},
		{config: `
resource "terraform_data" "port" {
  input = 8080
}

resource "penstock_upstream" "app" {
  id      = "app${terraform_data.port.output}"
  targets = [for p in [terraform_data.port.output] : { host = "127.0.0.1", port = p }]
}

resource "penstock_route" "r" {
  id       = "r"
  upstream = penstock_upstream.app.id
  plugins  = { rate_limit = { count = terraform_data.port.output } }
}
`, says: []string{"2 added"}},
	},
	"a secret is sent when its version changes, and only then": {
		{config: credential("first-secret-1234567", 1)},
		{args: noChange, config: credential("other-secret-1234567", 1)},
		{config: strings.Replace(credential("other-secret-1234567", 1), "type ", "description = \"changed\"\n  type ", 1), says: []string{"1 changed"}},
		{before: func(w *world) { w.claims("first-secret-1234567") }, config: credential("other-secret-1234567", 2), says: []string{"1 changed"}},
		{before: func(w *world) { w.claims("other-secret-1234567") }, args: planOnly, config: credential("", 3), fails: true,
			says: []string{"secret_wo: is required when secret_wo_version changes"}},
		{args: noChange, config: credential("", 2)},
		// Somebody else changes the secret, and says so by its version.
		{before: func(w *world) {
			w.put("credential", "ann", `{"consumer":"ann","type":"key","secret":"foreign-secret-12345","secret_version":9}`)
		}, config: credential("other-secret-1234567", 2), says: []string{"1 changed"}},
		{before: func(w *world) { w.claims("other-secret-1234567") }, args: noChange, config: credential("other-secret-1234567", 2)},
	},
	"a certificate does not go with a key of another": {
		{args: planOnly, config: certificates(false), says: []string{"1 to add"}},
		{args: planOnly, config: certificates(true), fails: true, says: []string{"private_key_wo: does not belong to the certificate"}},
	},
	"configuration is written for what is imported": {
		{before: func(w *world) {
			w.put("upstream", "app", `{"protocol":"https","targets":[{"host":"10.0.0.1","port":80,"tags":{"a":"b"}}],"tls":{"server_name":"x"},"labels":{"a":"b"},"connect_timeout":"2s"}`)
		}, args: []string{"plan", "-no-color", "-generate-config-out=written.tf"}, config: "import {\n  to = penstock_upstream.app\n  id = \"app\"\n}\n",
			says: []string{"1 to import, 0 to add, 0 to change, 0 to destroy"}},
		{config: "import {\n  to = penstock_upstream.app\n  id = \"app\"\n}\n", says: []string{"1 imported, 0 added, 0 changed"}},
	},
	"there is one object of settings": {
		{config: `resource "penstock_cluster_settings" "all" {}`, says: []string{"1 added"}},
		{args: []string{"import", "-no-color", "penstock_cluster_settings.again", "other"}, config: `resource "penstock_cluster_settings" "again" {}`,
			fails: true, says: []string{`its id is "cluster"`}},
		{args: []string{"import", "-no-color", "penstock_upstream.app", "nowhere"}, config: upstream, fails: true, says: []string{"Cannot import non-existent remote object"}},
	},
	"an unreachable gateway does not stop a first plan": {
		{args: planOnly, raw: `provider "penstock" {
  endpoint = "http://127.0.0.1:1"
  token    = "t"
  retries  = 0
}` + upstream, says: []string{"Plan not checked by the gateway", "1 to add"}},
	},
	"an endpoint that is not known does not stop a first plan": {
		{args: planOnly, raw: `resource "terraform_data" "vm" {
  input = "http://127.0.0.1:1"
}
provider "penstock" {
  endpoint = terraform_data.vm.output
  token    = "t"
}` + upstream, says: []string{"2 to add"}, silent: []string{"Warning"}},
	},
	"a wrong token is told": {
		{args: planOnly, raw: `provider "penstock" {
  endpoint = "URL"
  token    = "wrong"
}` + upstream, fails: true, says: []string{"Gateway refuses the token"}},
	},
	"a provider without an endpoint is told": {
		{args: planOnly, raw: `provider "penstock" {
  retries = 99
}` + upstream, fails: true, says: []string{"retries: must be a whole number between 0 and 20"}},
		{args: planOnly, raw: "provider \"penstock\" {}\n" + upstream, fails: true, says: []string{"PENSTOCK_ENDPOINT", "PENSTOCK_TOKEN"}},
	},
}

// What a plan says, and what an apply of it does, from one configuration to
// the next.
func TestAccPlans(t *testing.T) { play(t, scenarios) }

// play runs scenarios, each with a gateway of its own.
func play(t *testing.T, scenarios map[string][]step) {
	t.Helper()
	authority := testkit.NewAuthority(t)
	_, chain, key := authority.Issue(t, "example.com")
	_, _, other := authority.Issue(t, "example.com")
	for name, steps := range scenarios {
		t.Run(name, func(t *testing.T) {
			tf := newTerraform(t)
			w := newWorld(t)
			for i, s := range steps {
				if s.before != nil {
					s.before(w)
				}
				config := strings.ReplaceAll(s.raw, "URL", w.url)
				if config == "" {
					config = w.config(strings.NewReplacer("CHAIN", strconv.Quote(chain), "KEY", strconv.Quote(key), "OTHER", strconv.Quote(other)).Replace(s.config))
				}
				tf.write("main.tf", required+config)
				args := s.args
				if args == nil {
					args = []string{"apply", "-auto-approve", "-no-color"}
				}
				out, ok := tf.try(args...)
				if ok == s.fails {
					t.Fatalf("step %d: terraform %v:\n%s", i, args, out)
				}
				for _, fragment := range s.says {
					if !strings.Contains(unframed(out), fragment) {
						t.Errorf("step %d: terraform %v does not say %q:\n%s", i, args, fragment, out)
					}
				}
				for _, fragment := range s.silent {
					if strings.Contains(unframed(out), fragment) {
						t.Errorf("step %d: terraform %v says %q:\n%s", i, args, fragment, out)
					}
				}
			}
		})
	}
}

// unframed undoes the frames and line breaks of Terraform's messages.
func unframed(s string) string {
	return flat(strings.NewReplacer("│", "", "╷", "", "╵", "").Replace(s))
}
