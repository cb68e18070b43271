// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"strings"
	"testing"
)

func TestDidYouMean(t *testing.T) {
	names := []string{"id", "hosts", "paths", "methods", "client_networks", "GET"}
	for got, want := range map[string]string{
		"host": "hosts", "Hosts": "hosts", "path": "paths", "metods": "methods", "client_network": "client_networks", "clientnetworks": "client_networks",
		"get": "GET", "i": "id", "x": "", "": "", "zzzz": "", "upstream": "", strings.Repeat("x", 1000): "", strings.Repeat("x", 64): "",
	} {
		if want != "" {
			want = `; did you mean "` + want + `"?`
		}
		if said := DidYouMean(got, names); said != want {
			t.Errorf("%q: got %q, want %q", got, said, want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "bc", 1}, {"kitten", "sitting", 3}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q is %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
