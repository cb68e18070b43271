// SPDX-License-Identifier: Apache-2.0

package node_test

import (
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/node"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// A listener opens, changes between plaintext and TLS, changes its id and its
// address, and closes, all while the node runs.
func TestListenerChanges(t *testing.T) {
	n := start(t, time.Second, nil)
	first, second := testkit.FreeAddress(t), testkit.FreeAddress(t)
	authority := testkit.NewAuthority(t)
	_, chain, key := authority.Issue(t, "127.0.0.1")
	pair, _ := json.Marshal(map[string]string{"certificate": chain, "private_key": key})
	secure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authority.Pool()}, DisableKeepAlives: true}}

	n.write("listener", "l", `{"address":"`+first+`"}`)
	if got := get(once, "http://"+first); got != 404 || n.Addresses()["l"] != first {
		t.Fatalf("new: %d, %v", got, n.Addresses())
	}
	n.write("certificate", "c", string(pair), "listener", "l", `{"address":"`+first+`","tls":{"certificates":["c"]}}`)
	if plain, tls := get(once, "http://"+first), get(secure, "https://"+first); plain == 404 || tls != 404 {
		t.Errorf("with TLS: %d without, %d with", plain, tls)
	}
	n.write("listener", "l", `{"address":"`+first+`"}`)
	if plain, tls := get(once, "http://"+first), get(secure, "https://"+first); plain != 404 || tls != 0 {
		t.Errorf("without TLS: %d without, %d with", plain, tls)
	}

	kept := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	defer kept.CloseIdleConnections()
	if got := get(kept, "http://"+first); got != 404 {
		t.Fatal(got)
	}
	n.write("listener", "l", "", "listener", "m", `{"address":"`+first+`"}`)
	if got := get(kept, "http://"+first); got != 404 || len(n.Addresses()) != 1 || n.Addresses()["m"] != first {
		t.Errorf("another id: %d, %v", got, n.Addresses())
	}

	n.write("listener", "m", `{"address":"`+second+`"}`)
	if a, b := get(once, "http://"+first), get(once, "http://"+second); a != 0 || b != 404 {
		t.Errorf("another address: %d at the old, %d at the new", a, b)
	}
	n.write("listener", "m", "")
	if got := get(once, "http://"+second); got != 0 || len(n.Addresses()) != 0 {
		t.Errorf("removed: %d, %v", got, n.Addresses())
	}
}

// Routes know listeners by id.
func TestRouteOfListener(t *testing.T) {
	n := start(t, time.Second, nil)
	a, b := testkit.FreeAddress(t), testkit.FreeAddress(t)
	n.write("listener", "a", `{"address":"`+a+`"}`, "listener", "b", `{"address":"`+b+`"}`,
		"upstream", "u", `{}`, "route", "r", `{"upstream":"u","listeners":["a"]}`)
	if got, other := get(once, "http://"+a), get(once, "http://"+b); got != 503 || other != 404 {
		t.Errorf("%d on its listener, %d on the other", got, other)
	}
}

// An address in use is told as a problem and tried again until it is free.
func TestAddressInUse(t *testing.T) {
	occupied, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer occupied.Close()
	address := occupied.Addr().String()
	var log *record
	n := start(t, time.Second, func(o *node.Options) { log = logging(o) })
	if reason := n.Ready(); reason != "" {
		t.Errorf("not ready while no listener is wanted: %s", reason)
	}
	n.write("listener", "l", `{"address":"`+address+`"}`)
	for range 20 { // each of them would start another series of tries
		n.write("upstream", "u", `{"description":"`+testkit.FreeAddress(t)+`"}`)
	}
	problems := n.Problems().Problems
	if len(problems) != 1 || problems[0].Key != (api.Key{Kind: "listener", ID: "l"}) || problems[0].Code != api.CodeUnusable || problems[0].Path != "address" {
		t.Fatalf("problems: %v", problems)
	}
	if said := n.listed(); said == nil || said.Problems != 1 {
		t.Errorf("the node tells %+v", said)
	}
	if reason := n.Ready(); reason != "no listener is open: l" {
		t.Errorf("ready: %q", reason)
	}
	if told := strings.Count(log.String(), "cannot listen"); told != 1 {
		t.Errorf("told %d times that it cannot listen:\n%s", told, log)
	}
	n.write("listener", "other", `{"address":"`+testkit.FreeAddress(t)+`"}`)
	if reason := n.Ready(); reason != "" {
		t.Errorf("not ready with a listener that is open: %s", reason)
	}
	n.write("listener", "other", "")
	occupied.Close()
	eventually(t, "listen once it can", func() bool { return get(once, "http://"+address) == 404 })
	eventually(t, "forget the problem", func() bool {
		return len(n.Problems().Problems) == 0 && n.listed().Problems == 0 && n.Ready() == ""
	})
}

// Whoever has not configured a listener is told how to choose another address.
func TestDefaultAddressInUse(t *testing.T) {
	occupied, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer occupied.Close()
	var log *record
	n := start(t, time.Second, func(o *node.Options) { log, o.DefaultListener = logging(o), occupied.Addr().String() })
	if problems := n.Problems().Problems; len(problems) != 1 || !strings.Contains(problems[0].Message, "--listen") || !strings.Contains(log.String(), "--listen") {
		t.Errorf("problems %v, logged:\n%s", problems, log)
	}
	if reason := n.Ready(); reason != "no listener is open: default" {
		t.Errorf("ready: %q", reason)
	}
}

// The default listener serves exactly while no listener is configured; a
// broken one is configured.
func TestDefaultListener(t *testing.T) {
	byDefault, own := testkit.FreeAddress(t), testkit.FreeAddress(t)
	n := start(t, time.Second, func(o *node.Options) { o.DefaultListener = byDefault })
	expect := func(what string, atDefault, atOwn int) {
		t.Helper()
		if a, b := get(once, "http://"+byDefault), get(once, "http://"+own); a != atDefault || b != atOwn {
			t.Errorf("%s: %d at the default, %d at its own", what, a, b)
		}
	}
	expect("none", 404, 0)
	n.write("listener", "l", `{"address":"`+own+`"}`)
	expect("one", 0, 404)
	n.write("listener", "l", `{"address":"`+own+`","tls":{"certificates":["missing"]}}`)
	expect("a broken one", 0, 0)
	if reason := n.Ready(); reason != "no listener is open: l" {
		t.Errorf("ready with a broken listener: %q", reason)
	}
	n.write("listener", "l", `{"address":`)
	expect("one that cannot be read", 0, 0)
	n.write("listener", "l", "")
	expect("none again", 404, 0)
}
