// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// small is a type whose documents fit on a screen.
type small struct {
	ID     string            `json:"id" check:"format=id" doc:"Its name."`
	Mode   string            `json:"mode" check:"enum=fast|safe" doc:"How a|b works."`
	Size   int               `json:"size" check:"min=1,max=1048576" doc:"How large."`
	Wait   schema.Duration   `json:"wait" check:"min=10ms" doc:"How long."`
	Zone   string            `json:"zone,omitzero" doc:"Where."`
	Peers  []string          `json:"peers,omitzero" check:"min=1,unique,ref=peer" doc:"Whom."`
	Labels map[string]string `json:"labels,omitzero" check:"max=64,keys=label,each.max=256" doc:"Names."`
	Parts  []part            `json:"parts,omitzero" doc:"Of what."`
	Things settings          `json:"things,omitzero" doc:"Known elsewhere."`
	Secret string            `json:"secret" secret:"true" check:"min=16" doc:"Proof."`
}

var smallType = schema.Of(func() small {
	return small{Mode: "fast", Size: 65536, Wait: schema.Duration(time.Minute)}
})

func TestMarkdown(t *testing.T) {
	want := strings.TrimPrefix(`
| field | type | |
|---|---|---|
| §id§ | string | **Required.** Its name. Letters, digits, dots, underscores and hyphens. |
| §mode§ | string | How a\|b works. One of "fast", "safe". Default: §"fast"§. |
| §size§ | int | How large. 1 to 1048576. Default: §65536§. |
| §wait§ | duration | How long. At least 10ms. Default: §"1m"§. |
| §zone§ | string | Where. |
| §peers§ | list of string | Whom. Each the id of a peer, no two equal, not empty. |
| §labels§ | map of string | Names. Each at most 256 characters, at most 64 entries. |
| §parts§ | list of object | Of what. |
| §parts[].size§ | int | **Required.** How large. At least 1. |
| §parts[].unit§ | string | Of the size. One of "mm", "cm". Default: §"mm"§. |
| §parts[].peer§ | string | Where it is from. The id of a peer. |
| §things§ | things | Known elsewhere. |
| §secret§ | string | **Required.** Proof. At least 16 characters. |
`, "\n")
	if got := smallType.Markdown(); got != strings.ReplaceAll(want, "§", "`") {
		t.Errorf("got\n%s", got)
	}
}

func TestJSONSchema(t *testing.T) {
	const want = `{
  "additionalProperties": false,
  "properties": {
    "id": {"description": "Its name.", "format": "id", "type": "string"},
    "labels": {"additionalProperties": {"maxLength": 256, "type": "string"}, "description": "Names.", "maxProperties": 64, "propertyNames": {"format": "label"}, "type": "object"},
    "mode": {"default": "fast", "description": "How a|b works.", "enum": ["fast", "safe"], "type": "string"},
    "parts": {
      "description": "Of what.",
      "items": {
        "additionalProperties": false,
        "properties": {
          "peer": {"description": "Where it is from.", "format": "id", "minLength": 1, "type": "string"},
          "size": {"description": "How large.", "minimum": 1, "type": "integer"},
          "unit": {"default": "mm", "description": "Of the size.", "enum": ["mm", "cm"], "type": "string"}
        },
        "required": ["size"],
        "type": "object"
      },
      "type": "array"
    },
    "peers": {"description": "Whom.", "items": {"format": "id", "type": "string"}, "minItems": 1, "type": "array", "uniqueItems": true},
    "secret": {"description": "Proof.", "minLength": 16, "type": "string", "writeOnly": true},
    "size": {"default": 65536, "description": "How large.", "maximum": 1048576, "minimum": 1, "type": "integer"},
    "things": {"additionalProperties": false, "description": "Known elsewhere.", "properties": {"a": {"description": "A.", "type": "boolean"}}, "required": ["a"], "type": "object"},
    "wait": {"default": "1m", "description": "How long.", "examples": ["500ms", "1.5s", "2m"], "format": "duration-text", "type": "string"},
    "zone": {"description": "Where.", "minLength": 1, "type": "string"}
  },
  "required": ["id"],
  "type": "object"
}`
	type thing struct {
		A bool `json:"a" doc:"A."`
	}
	things := schema.Of(func() thing { return thing{} })
	sameJSON(t, smallType.JSONSchema(func(name string) *schema.Type {
		if name != "things" {
			t.Errorf("the catalogue %q is asked for", name)
		}
		return things
	}), want)
}

// Without a catalogue, what it knows is any object.
func TestJSONSchemaWithoutCatalogue(t *testing.T) {
	for _, catalogue := range []func(string) *schema.Type{nil, func(string) *schema.Type { return nil }} {
		s := smallType.JSONSchema(catalogue)
		sameJSON(t, s["properties"].(map[string]any)["things"], `{"type": "object", "description": "Known elsewhere."}`)
	}
}

// sameJSON compares what v is in JSON with a text, white space aside.
func sameJSON(t *testing.T, v any, want string) {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var w any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if wb, _ := json.Marshal(w); string(b) != string(wb) {
		t.Errorf("got\n%s\nwant\n%s", b, wb)
	}
}
