// SPDX-License-Identifier: Apache-2.0

package file

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

var testConfig = Config{
	Kinds:      map[string]string{"routes": "route", "upstreams": "upstream", "policies": "policy"},
	Singletons: map[string]store.Key{"settings": {Kind: "settings", ID: "settings"}},
}

// TestParseGood reads the same configuration as YAML and as JSON (S1-74).
func TestParseGood(t *testing.T) {
	want := map[string]string{
		"settings/settings": `{"id":"settings","name":"edge"}`,
		"upstream/web":      `{"id":"web","targets":[{"host":"10.0.0.1","port":8080}]}`,
		"upstream/123":      `{"id":"123","weight":9007199254740993,"y":"no","1":"2026-01-02"}`,
		"route/all":         `{"id":"all","upstream":"web"}`,
		"route/other":       `{"id":"other","upstream":"web"}`,
	}
	for _, name := range []string{"testdata/good/all.yaml", "testdata/good/all.json"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		objects, err := parse(content, testConfig)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(objects) != len(want) {
			t.Errorf("%s: %d objects, want %d", name, len(objects), len(want))
		}
		for key, value := range objects {
			if !sameJSON(string(value), want[key.String()]) {
				t.Errorf("%s: %s is %s, want %s", name, key, value, want[key.String()])
			}
		}
	}
}

func sameJSON(a, b string) bool {
	decode := func(s string) (v any) {
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		_ = d.Decode(&v)
		return v
	}
	return reflect.DeepEqual(decode(a), decode(b))
}

func TestParseBad(t *testing.T) {
	for _, test := range []struct{ name, content, want string }{
		{"empty", " \n", "the file is empty; write {}"},
		{"comment only", "# nothing\n", "top level has the names policies, routes, settings, upstreams"},
		{"list", "- a\n", "the file is no mapping"},
		{"syntax", "routes: [\n", "line"},
		{"tab", "routes:\n\t- id: a\n", "line 2"},
		{"unknown name", "settings: {}\nroute: []\n", "route (line 2): unknown name; allowed are policies, routes, settings, upstreams"},
		{"capital", "Routes: []\n", "Routes (line 1): unknown name"},
		{"map of ids", "routes:\n  a: {}\n", "routes (line 1): want a list of objects, each with its id"},
		{"no object", "routes:\n  - a\n", "routes[0] (line 2): want an object"},
		{"null item", "routes:\n  -\n", "routes[0] (line 2): want an object"},
		{"no id", "routes:\n  - id: a\n  - name: b\n", "routes[1] (line 3): has no id"},
		{"id of another case", "routes:\n  - ID: a\n", "has no id"},
		{"number as id", "routes:\n  - id: 12\n", "the id 12 is no string; put it in quotes"},
		{"null as id", "routes:\n  - id:\n", "the id null is no string"},
		{"slash", "routes:\n  - id: a/b\n", "route/a/b: has an id with a slash"},
		{"same id", "routes:\n  - id: a\n  - id: b\n  - id: a\n", `routes[2] (line 4): the id "a" is that of routes[0] (line 2) already`},
		{"same id in JSON", `{"routes": [{"id": "a"}, {"id": "a"}]}`, `routes[1]: the id "a" is that of routes[0] already`},
		{"name twice", "routes:\n  - id: a\nroutes: []\n", `"routes" already defined at line 1`},
		{"name twice inside", "routes:\n  - id: a\n    id: b\n", `"id" already defined at line 2`},
		{"name twice in JSON", "{\"routes\": [{\"id\": \"a\",\n \"x\": {\"y\": 1, \"y\": 2}}]}", `line 2: the name "y" is given twice`},
		{"list as singleton", "settings: []\n", "settings (line 1): want one object"},
		{"two documents", "routes: []\n---\nupstreams: []\n", "more than one YAML document"},
	} {
		_, err := parse([]byte(test.content), testConfig)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
}

func TestUniqueNames(t *testing.T) {
	for document, unique := range map[string]bool{
		`{"a":"a","b":{"a":["a","a",{"a":1}]},"c":"a"}`: true,
		`[{"a":1},{"a":1}]`:                             true,
		`"a"`:                                           true,
		`{"a":1,"a":2}`:                                 false,
		`{"a":{"b":1},"a":2}`:                           false,
		`{"x":[{"a":[],"b":{},"a":1}]}`:                 false,
		`{"a":1,"\u0061":2}`:                            false,
	} {
		if err := uniqueNames([]byte(document)); (err == nil) != unique {
			t.Errorf("%s: %v", document, err)
		}
	}
}

// FuzzParse checks that whatever is accepted can be kept and is valid JSON.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/good/all.yaml", "testdata/good/all.json"} {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte("routes:\n  - id: a\n---\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		objects, err := parse(content, testConfig)
		if err != nil {
			return
		}
		for key, value := range objects {
			if err := key.Check(); err != nil {
				t.Errorf("accepted %v", err)
			}
			if !json.Valid(value) || !isObject(value) {
				t.Errorf("%s: accepted the value %q", key, value)
			}
		}
	})
}
