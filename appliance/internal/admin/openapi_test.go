// SPDX-License-Identifier: Apache-2.0

package admin_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/admin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins"
)

type operationDoc struct {
	OperationID string           `json:"operationId"`
	Summary     string           `json:"summary"`
	Tags        []string         `json:"tags"`
	Parameters  []map[string]any `json:"parameters"`
	Responses   map[string]struct {
		Description string         `json:"description"`
		Content     map[string]any `json:"content"`
	} `json:"responses"`
}

// TestOpenAPI holds the structure of OpenAPI 3.1: every path of the API is
// there, every reference leads somewhere, every operation has what it needs.
// Every kind is in it (S1-30).
func TestOpenAPI(t *testing.T) {
	w := newWorld(t)
	r := w.want(200, "GET", "/v1/openapi.json", "")
	doc := read[struct {
		OpenAPI    string                                `json:"openapi"`
		Info       map[string]any                        `json:"info"`
		Paths      map[string]map[string]json.RawMessage `json:"paths"`
		Components struct {
			Schemas         map[string]map[string]any `json:"schemas"`
			SecuritySchemes map[string]any            `json:"securitySchemes"`
		} `json:"components"`
		Tags []struct{ Name string } `json:"tags"`
	}](t, r)
	if doc.OpenAPI != "3.1.0" || doc.Info["title"] == "" || doc.Info["version"] != "1.2.3" {
		t.Errorf("openapi %s, info %v", doc.OpenAPI, doc.Info)
	}
	for _, ref := range regexp.MustCompile(`"\$ref":"([^"]*)"`).FindAllStringSubmatch(r.body, -1) {
		name, ok := strings.CutPrefix(ref[1], "#/components/schemas/")
		if !ok || doc.Components.Schemas[name] == nil {
			t.Errorf("%s leads nowhere", ref[1])
		}
	}
	if got, want := slices.Sorted(maps.Keys(doc.Paths)), pathsOf(t, w); !slices.Equal(got, want) {
		t.Errorf("paths\n%v, the API has\n%v", got, want)
	}
	ids := make(map[string]string)
	for path, item := range doc.Paths {
		for method, raw := range item {
			if method == "parameters" {
				continue
			}
			var op operationDoc
			if err := json.Unmarshal(raw, &op); err != nil {
				t.Fatal(err)
			}
			at := method + " " + path
			if other := ids[op.OperationID]; op.OperationID == "" || other != "" {
				t.Errorf("%s: operationId %q, which %s has", at, op.OperationID, other)
			}
			ids[op.OperationID] = at
			if !strings.HasSuffix(op.Summary, ".") || len(op.Tags) != 1 || len(op.Responses) < 2 {
				t.Errorf("%s is not described: %s", at, raw)
			}
			if !slices.ContainsFunc(doc.Tags, func(tag struct{ Name string }) bool { return tag.Name == op.Tags[0] }) {
				t.Errorf("%s: tag %s is not declared", at, op.Tags[0])
			}
			for status, response := range op.Responses {
				if response.Description == "" || status == "default" && response.Content == nil {
					t.Errorf("%s: response %s is not described", at, status)
				}
			}
			for _, p := range op.Parameters {
				if p["name"] == "" || p["in"] == "" || p["schema"] == nil || p["description"] == "" {
					t.Errorf("%s: parameter %v", at, p)
				}
			}
		}
		if _, ok := item["parameters"]; ok != strings.Contains(path, "{id}") {
			t.Errorf("%s: the parameter of the path", path)
		}
	}
	if secret := doc.Components.Schemas["Credential"]["properties"].(map[string]any)["secret"].(map[string]any); secret["writeOnly"] != true {
		t.Errorf("a secret that is not write-only: %v", secret)
	}
	if limit := doc.Components.Schemas["Plugins"]["properties"].(map[string]any)["limit"]; limit == nil {
		t.Error("the plugins are not described")
	}
}

// pathsOf reads the API's paths off its answer to an unknown one.
func pathsOf(t *testing.T, w *world) []string {
	t.Helper()
	message := w.want(404, "GET", "/v1/none", "").failure(t).Message
	_, list, _ := strings.Cut(message, "there is /")
	paths := strings.Split("/"+list, ", ")
	for _, kind := range api.Kinds() {
		if !slices.Contains(paths, fmt.Sprintf("/v1/%s/{id}", kind.Plural)) {
			t.Errorf("no path for %s", kind.Plural)
		}
	}
	return paths
}

// TestBuiltInPlugins: the document is made from the plugins that are built in
// too; and since settings of plugins are shown as they are, none is a secret.
func TestBuiltInPlugins(t *testing.T) {
	built := plugins.All()
	admin.New(admin.Options{Catalogue: built})
	for _, spec := range built.Specs() {
		if spec.Type.Secrets() {
			t.Errorf("plugin %s has a secret, which GET would show: keep it in an object of a kind, such as a credential", spec.Name)
		}
	}
}
