// SPDX-License-Identifier: Apache-2.0

package plugin_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

const allowed = "is not a plugin; the plugins are access_log, key_auth, rate_limit"

func TestCatalogueOrder(t *testing.T) {
	c := catalogue()
	var names []string
	for i, spec := range c.Specs() {
		names = append(names, spec.Name)
		if c.Order(spec.Name) != i || c.Spec(spec.Name) != spec {
			t.Errorf("%s: order %d, want %d; spec %v", spec.Name, c.Order(spec.Name), i, c.Spec(spec.Name))
		}
		f := c.Type().Field(spec.Name)
		if f == nil || f.Type != spec.Type || f.Required || f.Doc != spec.Summary() {
			t.Errorf("%s: the field is %+v", spec.Name, f)
		}
	}
	if want := []string{"rate_limit", "access_log", "key_auth"}; !slices.Equal(names, want) || len(c.Type().Fields) != len(want) {
		t.Errorf("got %s, want %s", names, want)
	}
	for _, name := range []string{"", "rate_limi", "Rate_limit"} {
		if c.Spec(name) != nil || c.Order(name) != -1 {
			t.Errorf("%q: %v at %d", name, c.Spec(name), c.Order(name))
		}
	}
	if c.Resolve("plugins") != c.Type() || c.Resolve("other") != nil {
		t.Error("Resolve does not know the plugins, or more than them")
	}
}

func TestTwoOfOneName(t *testing.T) {
	defer func() {
		if got := recover(); got != "plugin: two plugins are called b" {
			t.Errorf("got %v", got)
		}
	}()
	plugin.NewCatalogue(define("a"), define("b"), define("b"))
}

// Each mistake has its path, in the order of the plugins' names, and a name
// that is nearly one gets a suggestion.
func TestCheck(t *testing.T) {
	for document, want := range map[string][]string{
		`{}`:                          nil,
		`{"rate_limit": {"count":1}}`: nil,
		`{"rate_limit": {}, "key_auth": {"count":1,"burst":2}, "access_log": {"count":1,"x":[]}}`: {
			`access_log.x: is not a field here; the fields are "count", "burst", "fail"`, "key_auth.burst: must not be more than count", "rate_limit.count: is required",
		},
		`{"rate_limt": {}}`:     {"rate_limt: " + allowed + `; did you mean "rate_limit"?`},
		`{"KeyAuth": {}}`:       {"KeyAuth: " + allowed + `; did you mean "key_auth"?`},
		`{"nothing": {"a": 1}}`: {"nothing: " + allowed},
		`{"a b": {}}`:           {`["a b"]: ` + allowed},
		`{"": {}}`:              {`[""]: ` + allowed},
		`{"rate_limit": null}`:  {"rate_limit: must be an object, is null"},
	} {
		wantErrors(t, catalogue().Check(settings(t, document)).Err(), want...)
	}
	if got := catalogue().Check(nil); got != nil {
		t.Errorf("got %v", got)
	}
}

// Every kind of object that carries plugins has them checked, under the path
// where they stand, along with the rest of the object.
func TestDecodeOfEveryKind(t *testing.T) {
	carriers := 0
	for _, kind := range api.Kinds() {
		if _, ok := kind.New().(api.PluginSet); !ok {
			continue
		}
		carriers++
		t.Run(kind.Name, func(t *testing.T) {
			id := "a"
			if kind.Singleton != "" {
				id = kind.Singleton
			}
			document := func(plugins string) []byte {
				more := ""
				if kind.Name == api.KindRoute || kind.Name == api.KindService {
					more = `"upstream": "u", `
				}
				return fmt.Appendf(nil, `{"id": %q, %s"plugins": %s}`, id, more, plugins)
			}
			object, err := catalogue().Decode(kind, document(`{"rate_limit": {"count": 1}}`), schema.Complete)
			if err != nil {
				t.Fatal(err)
			}
			if got := object.(api.PluginSet).PluginSettings(); len(got) != 1 || object.(interface{ Identity() string }).Identity() != id {
				t.Errorf("got %+v", object)
			}
			object, err = catalogue().Decode(kind, document(`{"rate_limit": {}, "key": {}}`), schema.Complete)
			wantErrors(t, err, "plugins.key: "+allowed, "plugins.rate_limit.count: is required")
			if object != nil {
				t.Errorf("got %v beside an error", object)
			}
			_, err = catalogue().Decode(kind, []byte(`{"id": "`+id+`", "wrong": 1, "upstream": "u", "plugins": {"key": {}}}`), schema.Complete)
			if errs, ok := errors.AsType[schema.Errors](err); !ok || errs[0].Path != "wrong" || errs[len(errs)-1].Path != "plugins.key" {
				t.Errorf("got %v", err)
			}
			_, err = catalogue().Decode(kind, []byte(`{`), schema.Complete)
			if errs, ok := errors.AsType[schema.Errors](err); !ok || len(errs) != 1 {
				t.Errorf("of no document: %v", err)
			}
		})
	}
	if carriers != 5 {
		t.Errorf("%d kinds carry plugins; do the tests know them all?", carriers)
	}
}

func TestDisabledPlugins(t *testing.T) {
	_, err := catalogue().Decode(api.KindOf("route"), []byte(`{"id": "a", "upstream": "u", "disabled_plugins": ["key_auth", "acess_log", "zz"]}`), schema.Complete)
	wantErrors(t, err, `disabled_plugins[1]: "acess_log" `+allowed+`; did you mean "access_log"?`, `disabled_plugins[2]: "zz" `+allowed)
}

func TestSingleton(t *testing.T) {
	kind := api.KindOf("cluster_settings")
	for id, want := range map[string][]string{
		"cluster": nil,
		"other":   {`id: must be "cluster": there is only one`},
	} {
		_, err := catalogue().Decode(kind, []byte(`{"id": "`+id+`"}`), schema.Complete)
		wantErrors(t, err, want...)
	}
	_, err := catalogue().Decode(kind, []byte(`{}`), schema.Complete)
	wantErrors(t, err, "id: is required")
}

// A hostile document cannot make an answer that is much larger than itself.
func TestMistakesAreBounded(t *testing.T) {
	const many = 10_000
	unknown, names := make([]string, many), make([]string, many)
	for i := range many {
		unknown[i], names[i] = fmt.Sprintf(`"x%d": {}`, i), fmt.Sprintf(`"x%d"`, i)
	}
	plugins := `{` + strings.Join(unknown, ",") + `}`
	badFields := `{"key_auth": {` + strings.Join(unknown, ",") + `}, "rate_limit": {` + strings.Join(unknown, ",") + `}}`
	for name, document := range map[string]string{
		"plugins":          `"plugins": ` + plugins,
		"fields":           `"plugins": ` + badFields,
		"disabled plugins": `"disabled_plugins": [` + strings.Join(names, ",") + `]`,
		"all together":     strings.Join(unknown, ",") + `, "plugins": ` + plugins + `, "disabled_plugins": [` + strings.Join(names, ",") + `]`,
		"some of each":     strings.Join(unknown[:50], ",") + `, "plugins": {` + strings.Join(unknown[:40], ",") + `}, "disabled_plugins": [` + strings.Join(names[:30], ",") + `]`,
	} {
		_, err := catalogue().Decode(api.KindOf("route"), []byte(`{"id": "a", "upstream": "u", `+document+`}`), schema.Complete)
		errs, _ := errors.AsType[schema.Errors](err)
		wantBounded(t, name, errs)
	}
	wantBounded(t, "check", catalogue().Check(settings(t, plugins)))
	wantBounded(t, "check of fields", catalogue().Check(settings(t, badFields)))
}

func wantBounded(t *testing.T, name string, errs schema.Errors) {
	t.Helper()
	if len(errs) != schema.MaxErrors+1 {
		t.Errorf("%s: %d errors", name, len(errs))
		return
	}
	for i, e := range errs {
		if last := i == schema.MaxErrors; strings.Contains(e.Message, "there may be more mistakes") != last || (e.Path == "") != last {
			t.Errorf("%s: error %d is %v", name, i, e)
		}
	}
}
