// SPDX-License-Identifier: Apache-2.0

package tfschema_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/tfschema"
)

// everything are the settings of a plugin that has every kind of field.
type everything struct {
	Text   string                       `json:"text" doc:"Text."`
	Yes    *bool                        `json:"yes,omitzero" doc:"Yes."`
	Whole  int                          `json:"whole" doc:"Whole."`
	Real   float64                      `json:"real" doc:"Real."`
	Time   schema.Duration              `json:"time" doc:"Time."`
	Words  []string                     `json:"words,omitzero" doc:"Words."`
	Things []thing                      `json:"things,omitzero" doc:"Things."`
	ByName map[string]thing             `json:"by_name,omitzero" doc:"By name."`
	Names  map[string]map[string]string `json:"names,omitzero" doc:"Names."`
	Thing  *thing                       `json:"thing,omitzero" doc:"Thing."`
	Any    json.RawMessage              `json:"any,omitzero" doc:"Any."`
}

type thing struct {
	Name  string          `json:"name" doc:"Name."`
	After schema.Duration `json:"after,omitzero" check:"min=1ms" doc:"After."`
}

func (*everything) Validate() error              { return nil }
func (*everything) New(*plugin.Env) (any, error) { return nil, nil }

// catalogues are the plugins that exist, and one that has everything.
func catalogues() []*plugin.Catalogue {
	all := plugin.Define("everything", "# everything\n\nHas everything.\n", func() everything { return everything{} })
	return []*plugin.Catalogue{plugins.All(), plugin.NewCatalogue(all)}
}

func shapes() []*tfschema.Shape {
	var out []*tfschema.Shape
	for _, c := range catalogues() {
		for _, k := range api.Kinds() {
			if !k.Reported {
				out = append(out, &tfschema.Shape{Kind: k, Plugins: c})
			}
		}
	}
	return out
}

// A writer makes up documents.
type writer struct {
	*rand.Rand
	plugins *plugin.Catalogue
}

func (w *writer) document(t *schema.Type) any {
	if t.Kind == schema.Open {
		t = w.plugins.Resolve(t.Catalogue)
	}
	switch t.Kind {
	case schema.Bool:
		return w.IntN(2) == 0
	case schema.Int:
		return json.Number(fmt.Sprint(w.Int64() >> w.IntN(63)))
	case schema.Float:
		return json.Number(fmt.Sprint(w.NormFloat64()))
	case schema.DurationKind:
		return []string{"60s", "1m", "1.5h", "100ms", "not a duration"}[w.IntN(5)]
	case schema.Object:
		out := map[string]any{}
		for _, f := range t.Fields {
			if !f.Secret && (f.Required || w.IntN(2) == 0) {
				out[f.Name] = w.document(f.Type)
			}
		}
		return out
	case schema.List:
		out := []any{}
		for range w.IntN(4) {
			out = append(out, w.document(t.Elem))
		}
		return out
	case schema.Map:
		out := map[string]any{}
		for range w.IntN(4) {
			out[w.text()] = w.document(t.Elem)
		}
		return out
	case schema.Any:
		return map[string]any{w.text(): []any{json.Number("1"), "two", true, map[string]any{}}}
	}
	return w.text()
}

func (w *writer) text() string {
	return []string{"", "a", "a b.c[0]", "ä\n\"\\", "\x00", "${x}", strings.Repeat("x", 300)}[w.IntN(7)]
}

// A document that goes to Terraform and comes back is the same document, for
// every kind and everything that a plugin may declare.
func TestRoundTrip(t *testing.T) {
	ctx := context.Background()
	for _, s := range shapes() {
		null := tftypes.NewValue(s.Schema().Type().TerraformType(ctx), nil)
		for seed := range uint64(100) {
			w := writer{rand.New(rand.NewPCG(seed, 1)), s.Plugins}
			want := w.document(s.Kind.Type).(map[string]any)
			if s.Kind.Singleton != "" {
				want["id"] = s.Kind.Singleton
			}
			text, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			v, foreign, err := s.Value(text, null)
			if err != nil || len(foreign) > 0 {
				t.Fatalf("%s: %s: %v, foreign %v", s.Kind.Name, text, err, foreign)
			}
			back, err := s.Document(v)
			if err != nil {
				t.Fatalf("%s: %s: %v", s.Kind.Name, text, err)
			}
			if !same(t, back.JSON, text) {
				t.Fatalf("%s:\nsent %s\ngot  %s", s.Kind.Name, text, back.JSON)
			}
			again, _, err := s.Value(text, v)
			if err != nil || !again.Equal(v) {
				t.Fatalf("%s: %s: reading it again changes the state: %v", s.Kind.Name, text, err)
			}
		}
	}
}

func same(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(x, y)
}
