// SPDX-License-Identifier: Apache-2.0

package plugin_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

func TestSummary(t *testing.T) {
	for readme, want := range map[string]string{
		"":                                    "",
		"# Title":                             "",
		"# Title\n\n":                         "",
		"# Title\n\nIt does this.":            "It does this.",
		"# Title\n\nIt does\nthis.\n\nMore.":  "It does this.",
		"\n\n# Title\n\n## Part\n\n\nText.\n": "Text.",
		"No title.\n\nMore.":                  "No title.",
	} {
		if got := (&plugin.Spec{Readme: readme}).Summary(); got != want {
			t.Errorf("%q: got %q, want %q", readme, got, want)
		}
	}
}

func TestDefine(t *testing.T) {
	spec := define("limit")
	if spec.Name != "limit" || spec.Summary() != "The plugin limit." {
		t.Errorf("got %q: %q", spec.Name, spec.Summary())
	}
	env := &plugin.Env{}
	runtime, err := spec.New(json.RawMessage(`{"count": 3}`), env)
	if err != nil {
		t.Fatal(err)
	}
	if r := runtime.(*limitRuntime); r.limit != (limit{Count: 3, Burst: 1}) || r.env != env {
		t.Errorf("the runtime is made of %+v", r)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for document, want := range map[string][]string{
		`{"count": 1}`:              nil,
		`{"count": 1, "burst": 0}`:  nil,
		`{}`:                        {"count: is required"},
		`{"count": 0, "burst": -1}`: {"count: must be at least 1, is 0", "burst: must be at least 0, is -1"},
		`{"count": 1, "burst": 2}`:  {"burst: must not be more than count"},
		`{"count": 1, "bursts": 2}`: {`bursts: is not a field here; the fields are "count", "burst", "fail"; did you mean "burst"?`},
		`[]`:                        {"must be an object, is a list"},
	} {
		spec := define("limit")
		config, err := spec.Decode(json.RawMessage(document))
		wantErrors(t, err, want...)
		runtime, buildErr := spec.New(json.RawMessage(document), nil)
		wantErrors(t, buildErr, want...)
		if (config == nil) != (err != nil) || (runtime == nil) != (err != nil) {
			t.Errorf("%s: got %v, %v and the error %v", document, config, runtime, err)
		}
		if _, ok := errors.AsType[schema.Errors](err); err != nil && !ok {
			t.Errorf("%s: the error is a %T", document, err)
		}
	}
}

// What fails to be built names its plugin.
func TestBuildFailure(t *testing.T) {
	runtime, err := define("limit").New(json.RawMessage(`{"count": 1, "fail": "yes"}`), nil)
	if runtime != nil || !errors.Is(err, errBuild) || err.Error() != "limit: cannot be built" {
		t.Errorf("got %v, %v", runtime, err)
	}
}

// Defaults belong to one decoding only.
func TestDefaultsAreNotShared(t *testing.T) {
	spec := define("limit")
	first, _ := spec.Decode(json.RawMessage(`{"count": 9}`))
	first.(*limit).Burst = 7
	second, _ := spec.Decode(json.RawMessage(`{"count": 9}`))
	if got := second.(*limit).Burst; got != 1 {
		t.Errorf("burst is %d", got)
	}
}
