// SPDX-License-Identifier: Apache-2.0

package plugin_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A limit is the settings of a plugin with a default, a check, a rule across
// its fields and a runtime that can fail to be built.
type limit struct {
	Count int    `json:"count" check:"min=1" doc:"How many."`
	Burst int    `json:"burst" check:"min=0" doc:"How many more."`
	Fail  string `json:"fail,omitzero" doc:"Why the runtime cannot be built."`
}

func (c *limit) Validate() error {
	if c.Burst > c.Count {
		return schema.At("burst", "must not be more than count")
	}
	return nil
}

var errBuild = errors.New("cannot be built")

func (c *limit) New(env *plugin.Env) (any, error) {
	if c.Fail != "" {
		return nil, errBuild
	}
	return &limitRuntime{*c, env}, nil
}

type limitRuntime struct {
	limit
	env *plugin.Env
}

func defaultLimit() limit { return limit{Burst: 1} }

// define returns the plugin limit under another name.
func define(name string) *plugin.Spec {
	return plugin.Define(name, "# "+name+"\n\nThe plugin "+name+".\n\nMore of it.", defaultLimit)
}

// catalogue returns three plugins, not in the order of their names.
func catalogue() *plugin.Catalogue {
	return plugin.NewCatalogue(define("rate_limit"), define("access_log"), define("key_auth"))
}

func settings(t *testing.T, document string) api.Plugins {
	t.Helper()
	var s api.Plugins
	if err := json.Unmarshal([]byte(document), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// wantErrors compares errors with lines of "path: message".
func wantErrors(t *testing.T, err error, want ...string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != strings.Join(want, "\n") {
		t.Errorf("got errors\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}
