// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"fmt"
	"testing"
)

// listener returns a listener without the need of its address.
func listener(id, address string) string {
	return fmt.Sprintf("resource \"penstock_listener\" %q {\n  id = %q\n  address = %q\n}\n", id, id, address)
}

// after makes a resource wait for another one, when it is planned too.
func after(resource, config string) string {
	return config[:len(config)-2] + "  depends_on = [" + resource + "]\n}\n"
}

// twoCredentials returns two credentials that change their secrets with the version.
func twoCredentials(one, two string, version int) string {
	config := "resource \"penstock_consumer\" \"ann\" {\n  id = \"ann\"\n}\n"
	for id, secret := range map[string]string{"one": one, "two": two} {
		config += fmt.Sprintf("resource \"penstock_credential\" %q {\n  id = %q\n  consumer = penstock_consumer.ann.id\n  type = \"key\"\n  secret_wo = %q\n  secret_wo_version = %d\n}\n",
			id, id, secret, version)
	}
	return config
}

// Objects that exchange what they hold cannot be written one at a time, which
// the plan says; what only moves is written.
func TestAccExchange(t *testing.T) {
	const says = "route/a and route/b exchange what they hold; Terraform writes one object at a time: do it in two steps, through a third path"
	ab := upstream + route("a", "a", `["/ra"]`) + route("b", "b", `["/rb"]`)
	play(t, map[string][]step{
		"two routes": {
			{config: ab},
			{args: planOnly, config: upstream + route("a", "a", `["/rb"]`) + route("b", "b", `["/ra"]`), fails: true, says: []string{says}},
			{args: planOnly, config: upstream + route("a", "a", `["/rb"]`) + after("penstock_route.a", route("b", "b", `["/ra"]`)), fails: true, says: []string{says}},
			{args: planOnly, config: upstream + after("penstock_route.b", route("a", "a", `["/rb"]`)) + route("b", "b", `["/ra"]`), fails: true, says: []string{says}},
			// In the two steps that are advised it goes.
			{config: upstream + route("a", "a", `["/third"]`) + route("b", "b", `["/ra"]`), says: []string{"2 changed"}},
			{config: upstream + route("a", "a", `["/rb"]`) + route("b", "b", `["/ra"]`), says: []string{"1 changed"}},
		},
		"three routes": {
			{config: ab + route("c", "c", `["/rc"]`)},
			{args: planOnly, config: upstream + route("a", "a", `["/rb"]`) + route("b", "b", `["/rc"]`) + route("c", "c", `["/ra"]`), fails: true,
				says: []string{"route/a, route/b and route/c exchange what they hold"}},
		},
		"a row of routes moves up": {
			{config: ab + route("c", "c", `["/rc"]`)},
			{config: upstream + route("a", "a", `["/rb"]`) + route("b", "b", `["/rc"]`) + route("c", "c", `["/rd"]`), says: []string{"3 changed"}},
		},
		"one that is replaced gives up what it holds first": {
			{config: ab},
			{config: upstream + route("a", "a", `["/rb"]`) + route("b", "b2", `["/ra"]`), says: []string{"1 added, 1 changed, 1 destroyed"}},
		},
		"two listeners": {
			{config: listener("a", ":18081") + listener("b", ":18082")},
			{args: planOnly, config: listener("a", ":18082") + listener("b", ":18081"), fails: true,
				says: []string{"listener/a and listener/b exchange what they hold", "through a third address"}},
		},
		"two credentials": {
			{config: twoCredentials("one-secret-1234567", "two-secret-1234567", 1)},
			{args: planOnly, config: twoCredentials("two-secret-1234567", "one-secret-1234567", 2), fails: true,
				says: []string{"credential/one and credential/two exchange what they hold", "through a third secret"}},
		},
	})
}
