// SPDX-License-Identifier: Apache-2.0

package snapshot_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// Whatever the changes were and in whichever steps they came, the outcome is
// that of compiling the final configuration at once.
func TestHistoryDoesNotMatter(t *testing.T) {
	pairs := keyPairs(t)
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := newCompiler(t)
		config := make(map[api.Key]snapshot.Object)
		for step := range 60 {
			var changes []snapshot.Object
			for range 1 + r.IntN(4) {
				o := randomObject(r, pairs)
				changes = append(changes, o)
				if config[o.Key] = o; o.Value == nil {
					delete(config, o.Key)
				}
			}
			full := r.IntN(12) == 0
			if full {
				changes = values(r, config)
			}
			got := state(t, c.Apply(int64(step+1), full, changes))
			c.Retire()

			fresh := newCompiler(t)
			want := state(t, fresh.Apply(1, true, values(r, config)))
			if got != want {
				t.Fatalf("seed %d, step %d, after %s\n--- followed:\n%s\n--- compiled at once:\n%s", seed, step, show(changes), got, want)
			}
			if len(c.meters) != c.Current().Router.Len() {
				t.Fatalf("seed %d, step %d: %d meters for %d routes", seed, step, len(c.meters), c.Current().Router.Len())
			}
		}
	}
}

func values(r *rand.Rand, config map[api.Key]snapshot.Object) []snapshot.Object {
	var all []snapshot.Object
	for _, o := range config {
		all = append(all, o)
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func show(changes []snapshot.Object) string {
	s := ""
	for _, ch := range changes {
		s += fmt.Sprintf("\n  %s %.200s", ch.Key, ch.Value)
	}
	return s
}

// keyPairs returns members of certificate objects for a few names.
func keyPairs(t testing.TB) []string {
	authority := testkit.NewAuthority(t)
	var all []string
	for _, name := range []string{"a.test", "b.test", "*.w.test", "a.test"} {
		_, chain, key := authority.Issue(t, name)
		c, _ := json.Marshal(chain)
		k, _ := json.Marshal(key)
		all = append(all, fmt.Sprintf(`"certificate":%s,"private_key":%s`, c, k))
	}
	return all
}

// randomObject returns a change of one of few objects: often a good one, often
// one that refers to what is not there or claims what another claims, and
// sometimes a broken one.
func randomObject(r *rand.Rand, pairs []string) snapshot.Object {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	kind := pick("certificate", "policy", "policy", "cluster_settings", "listener", "listener", "upstream", "instance", "instance", "service", "route", "route", "route", "consumer", "credential", "credential")
	number := r.IntN(3)
	if kind == "instance" {
		number = r.IntN(6)
	}
	id := kind[:1] + fmt.Sprint(number)
	if kind == "cluster_settings" {
		id = "cluster"
	}
	if kind == "credential" {
		id = "k" + fmt.Sprint(number)
	}
	if kind == "certificate" {
		id = "x" + fmt.Sprint(number)
	}
	switch r.IntN(20) {
	case 0, 1, 2, 3:
		return object(kind, id, "")
	case 4:
		return object(kind, id, `{"no_such_field":1}`)
	case 5:
		o := object(kind, id, "")
		o.Value = []byte(pick(`{`, `[]`, `{"id":"another"}`, `null`))
		return o
	case 6:
		return object("no_such_kind", id, `{}`)
	}
	plugins := func() string {
		return `"plugins":{` + pick(``, `"first":{"say":"1"}`, `"first":{"say":"2"},"third":{"say":"3"}`, `"second":{}`, `"second":{"broken":true}`, `"third":{"panics":true}`, `"nobody":{}`) + `}`
	}
	policies := func() string { return `"policies":` + pick(`[]`, `[]`, `["p0"]`, `["p1","p0"]`, `["p2"]`) }
	document := ""
	switch kind {
	case "certificate":
		document = `{` + pairs[r.IntN(len(pairs))] + pick(``, ``, `,"names":["b.test"]`) + `}`
	case "policy":
		document = `{` + plugins() + `}`
	case "cluster_settings":
		document = `{` + policies() + `,` + plugins() + `}`
	case "listener":
		document = `{"address":"` + pick("127.0.0.1:1", ":2", "0.0.0.0:2", "127.0.0.1:3") + `"` + pick(``, `,"trusted_proxies":["10.1.2.3/8"]`) + pick(``, `,"tls":{"certificates":["x0"]}`, `,"tls":{"certificates":["x1","x2"],"min_version":"1.3"}`) + `}`
	case "upstream":
		document = `{"targets":[{"host":"127.0.0.1","port":` + pick("1", "2") + `}]` + pick(``, `,"protocol":"h2c"`, `,"protocol":"https"`, `,"protocol":"https","tls":{"client_certificate":"x0"}`) + `}`
	case "instance":
		document = `{"upstream":"` + pick("u0", "u0", "u1") + `","host":"127.0.0.` + pick("1", "2") + `","port":` + pick("1", "2") + pick(``, `,"weight":3`) + pick(``, `,"draining":true`) + `}`
	case "service":
		document = `{"upstream":"` + pick("u0", "u1") + `",` + policies() + `,` + plugins() + `}`
	case "route":
		document = `{"paths":` + pick(`["/a"]`, `["/b"]`, `["/a","/b"]`, `["/*"]`, `["/b","/*"]`) + pick(``, ``, `,"listeners":["l0"]`, `,"listeners":["l1","l2"]`, `,"hosts":["h"]`) +
			pick(`,"service":"s0"`, `,"upstream":"u0"`, `,"upstream":"u1"`, `,"service":"s1","upstream":"u0"`) + `,` + policies() + `,` + plugins() + pick(``, ``, `,"disabled_plugins":["second"]`) + `}`
	case "consumer":
		document = `{` + policies() + `,` + plugins() + `}`
	case "credential":
		document = `{"consumer":"` + pick("c0", "c1") + `","type":"key","secret":"` + secret(r.IntN(3)) + `"}`
	}
	return object(kind, id, document)
}
