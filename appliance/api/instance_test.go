// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// S3-02: an instance that drains counts for nothing and stays what it was.
func TestInstanceEffective(t *testing.T) {
	for document, want := range map[string]int{
		``: 1, `,"weight":5`: 5, `,"weight":0`: 0,
		`,"draining":true`: 0, `,"weight":5,"draining":true`: 0, `,"weight":5,"draining":false`: 5,
	} {
		o, err := decode(t, "instance", `{"id":"i","upstream":"u","host":"a","port":80,"zone":"z","tier":2`+document+`}`)
		if err != nil {
			t.Fatal(err)
		}
		i := o.(*api.Instance)
		own := i.Share()
		target := i.Effective()
		if target.Share() != want || target.Host != "a" || target.Port != 80 || target.Zone != "z" || target.Rank() != 2 {
			t.Errorf("%s: %+v with the share %d, want %d", document, target, target.Share(), want)
		}
		if i.Share() != own {
			t.Errorf("%s: the instance itself has changed", document)
		}
	}
}

// One address has one name.
func TestTargetAddress(t *testing.T) {
	for host, want := range map[string]string{"Web.Test": "web.test:80", "10.0.0.1": "10.0.0.1:80", "::1": "[::1]:80", "[::1]": "[::1]:80", "FE80::A": "[fe80::a]:80"} {
		if got := (&api.Target{Host: host, Port: 80}).Address(); got != want {
			t.Errorf("%s is %s, want %s", host, got, want)
		}
	}
}

// What is reported has no referrers: who deletes it, at any time, asks nobody.
// It claims nothing and runs nothing, for it may be there without what it
// refers to.
func TestReportedKinds(t *testing.T) {
	found := 0
	for _, k := range api.Kinds() {
		if !k.Reported {
			continue
		}
		found++
		_, claims := k.New().(api.Claimer)
		_, plugins := k.New().(api.PluginSet)
		if claims || plugins || k.Singleton != "" || k.Type.Secrets() {
			t.Errorf("%s claims names, has plugins or secrets, or is one of its kind", k.Name)
		}
	}
	for _, k := range api.Kinds() {
		eachType(k.Type, func(typ *schema.Type) {
			if ref := api.KindOf(typ.Checks.Ref); ref != nil && ref.Reported {
				t.Errorf("%s refers to %s", k.Name, ref.Name)
			}
		})
	}
	if found == 0 {
		t.Error("no kind is reported")
	}
}
