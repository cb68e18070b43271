// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// FuzzDecode holds for every kind that what is accepted survives its canonical
// form and encoding/json (the round-trip law), and that its references can be
// read.
func FuzzDecode(f *testing.F) {
	for kind, documents := range goodDocuments(f) {
		for _, document := range documents {
			f.Add(kind, []byte(document))
		}
	}
	f.Add("route", []byte(`{"id":"r","service":"s","upstream":null,"headers":[{"name":"a","value":null}],"plugins":{"a":{"b":[1.0,"<"]},"c":null}}`))
	f.Add("upstream", []byte(`{"id":"u","targets":[{"host":"a","port":1,"tier":1,"zone":"z"}],"zones":{},"balance":{"algorithm":"ewma","sticky":{"cookie":"c","secure":false}},
		"health":{"active":{"headers":{"A":"b"},"host":"[::1]:1","initially_healthy":false},"passive":{"consecutive_failures":0,"latency_factor":1.5}},
		"retries":{"on":[],"statuses":["500-599"],"hedge":{"after":"1ms"}},"limits":{"max_requests":1e3},"discovery":{"dns":{"name":"a","type":"srv","resolver":["fd00::1"]}}}`))
	f.Add("listener", []byte(`{"id":"l","address":":080","max_header_bytes":1e4,"labels":{},"trusted_proxies":[]}`))
	f.Fuzz(func(t *testing.T, kind string, document []byte) {
		k := api.KindOf(kind)
		if k == nil {
			return
		}
		o := k.New()
		if err := k.Type.Decode(document, o, schema.Complete); err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Fatalf("%s: an error without words", document)
			}
			return
		}
		means := normal(t, k, o)
		canonical, err := k.Type.Canonical(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{canonical, means} {
			again := k.New()
			if err := k.Type.Decode(text, again, schema.Complete); err != nil {
				t.Fatalf("%s\nbecomes %s: %v", document, text, err)
			}
			if got := normal(t, k, again); string(got) != string(means) {
				t.Fatalf("%s\nmeans %s\nand then %s", document, means, got)
			}
		}
		if c, ok := o.(api.Claimer); ok && len(c.Claims()) > api.MaxRouteClaims {
			t.Fatalf("%d claims", len(c.Claims()))
		}
		for _, r := range k.Type.References(document) {
			if api.KindOf(r.Kind) == nil || schema.CheckFormat("id", r.ID) != nil {
				t.Fatalf("%s refers to %+v", document, r)
			}
		}
	})
}

// normal writes a decoded object so that equal objects give equal text.
func normal(t *testing.T, k *api.Kind, o any) []byte {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	text, err = k.Type.Canonical(text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// BenchmarkDecodeRoute reads a typical route: what the Admin API does for
// each object of a write, and a node for each object that changed.
func BenchmarkDecodeRoute(b *testing.B) {
	document := []byte(`{"id":"orders","hosts":["shop.example","*.shop.example"],"paths":["/orders/*","/orders/{id}/items"],"methods":["GET","POST"],
		"headers":[{"name":"X-Version","value":"2"}],"service":"orders","policies":["standard"],
		"plugins":{"rate_limit":{"count":100,"window":"1s"},"key_auth":{}},"timeout":"30s"}`)
	typ := api.KindOf("route").Type
	b.ReportAllocs()
	b.SetBytes(int64(len(document)))
	for b.Loop() {
		var r api.Route
		if err := typ.Decode(document, &r, schema.Complete); err != nil {
			b.Fatal(err)
		}
	}
}
