// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// claims decodes an object, of which parts may be left out, and returns what it claims.
func claims(t *testing.T, kind, document string) []string {
	t.Helper()
	o, err := decode(t, kind, document)
	if err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	return o.(api.Claimer).Claims()
}

func routeClaims(t *testing.T, members string) []string {
	t.Helper()
	return claims(t, "route", `{"id":"r","upstream":"u"`+members+`}`)
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(c string) bool { return slices.Contains(b, c) })
}

// Two routes that no request could tell apart share a claim (S0-07: routes of
// different specificity do not).
func TestRouteClaimsOverlap(t *testing.T) {
	for name, c := range map[string]struct {
		a, b string
		want bool
	}{
		"nothing at all":                    {``, ``, true},
		"what is not a condition":           {`,"description":"a","timeout":"1s"`, `,"plugins":{"x":{}}`, true},
		"same path":                         {`,"paths":["/a","/b"]`, `,"paths":["/c","/b"]`, true},
		"other path":                        {`,"paths":["/a"]`, `,"paths":["/b"]`, false},
		"catch-all and exact":               {`,"paths":["/*"]`, `,"paths":["/test"]`, false},
		"any path and some":                 {``, `,"paths":["/a"]`, false},
		"names of parameters":               {`,"paths":["/a/{id}"]`, `,"paths":["/a/{name}"]`, true},
		"parameter and text":                {`,"paths":["/a/{id}"]`, `,"paths":["/a/id"]`, false},
		"host in capitals":                  {`,"hosts":["A.example"]`, `,"hosts":["a.EXAMPLE"]`, true},
		"wildcard and exact":                {`,"hosts":["*.example"]`, `,"hosts":["a.example"]`, false},
		"one method of two":                 {`,"methods":["GET","POST"]`, `,"methods":["PUT","POST"]`, true},
		"other methods":                     {`,"methods":["GET"]`, `,"methods":["POST"]`, false},
		"any method and some":               {``, `,"methods":["GET"]`, false},
		"other listener":                    {`,"listeners":["a"]`, `,"listeners":["b"]`, false},
		"one listener of two":               {`,"listeners":["a","b"]`, `,"listeners":["b","c"]`, true},
		"same path, other host":             {`,"paths":["/a"],"hosts":["a.example"]`, `,"paths":["/a"],"hosts":["b.example"]`, false},
		"order of headers":                  {`,"headers":[{"name":"a"},{"name":"b"}]`, `,"headers":[{"name":"b"},{"name":"a"}]`, true},
		"header in capitals":                {`,"headers":[{"name":"X-A","value":"1"}]`, `,"headers":[{"name":"x-a","value":"1"}]`, true},
		"header given twice":                {`,"headers":[{"name":"a"},{"name":"A"}]`, `,"headers":[{"name":"a"}]`, true},
		"header that is there, in two ways": {`,"headers":[{"name":"a"}]`, `,"headers":[{"name":"a","present":true}]`, true},
		"header that is not there":          {`,"headers":[{"name":"a"}]`, `,"headers":[{"name":"a","present":false}]`, false},
		"header empty and there":            {`,"headers":[{"name":"a"}]`, `,"headers":[{"name":"a","value":""}]`, false},
		"other value":                       {`,"headers":[{"name":"a","value":"1"}]`, `,"headers":[{"name":"a","value":"2"}]`, false},
		"value and regex":                   {`,"headers":[{"name":"a","value":"1"}]`, `,"headers":[{"name":"a","regex":"1"}]`, false},
		"more headers":                      {`,"headers":[{"name":"a"}]`, `,"headers":[{"name":"a"},{"name":"b"}]`, false},
		"query in capitals":                 {`,"query":[{"name":"a"}]`, `,"query":[{"name":"A"}]`, false},
		"query and cookie":                  {`,"query":[{"name":"a"}]`, `,"cookies":[{"name":"a"}]`, false},
		"order of networks":                 {`,"client_networks":["10.0.0.0/8","::1"]`, `,"client_networks":["::1","10.0.0.0/8"]`, true},
		"spelling of networks":              {`,"client_networks":["10.1.2.3/8","::1"]`, `,"client_networks":["0:0::1/128","10.0.0.0/8","10.9.0.0/8"]`, true},
		"other networks":                    {`,"client_networks":["10.0.0.0/8"]`, `,"client_networks":["10.0.0.0/9"]`, false},
		"space around a condition":          {`,"condition":" request.method == 'GET' "`, `,"condition":"request.method == 'GET'"`, true},
		"other condition":                   {`,"condition":"request.method == 'GET'"`, ``, false},
		"same gRPC method":                  {`,"grpc":[{"service":"a.B","method":"C"}]`, `,"grpc":[{"service":"x.Y"},{"service":"a.B","method":"C"}]`, true},
		"gRPC service and method":           {`,"grpc":[{"service":"a.B"}]`, `,"grpc":[{"service":"a.B","method":"C"}]`, false},
		"gRPC method and its path":          {`,"grpc":[{"service":"a.B","method":"C"}]`, `,"paths":["/a.B/C"]`, false},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := routeClaims(t, c.a), routeClaims(t, c.b)
			if overlap(a, b) != c.want || overlap(b, a) != c.want {
				t.Errorf("overlap should be %v:\n%q\n%q", c.want, a, b)
			}
		})
	}
}

// A route claims every combination, once, in one order whatever the order of
// its lists.
func TestRouteClaimsExpansion(t *testing.T) {
	a := routeClaims(t, `,"listeners":["l","k"],"hosts":["b.example","a.example"],"paths":["/b","/a","/c/*"],"methods":["PUT","GET"]`)
	b := routeClaims(t, `,"methods":["GET","PUT"],"paths":["/c/*","/a","/b"],"hosts":["a.example","b.example"],"listeners":["k","l"]`)
	if len(a) != 2*2*3*2 || !slices.Equal(a, b) || !slices.IsSorted(a) {
		t.Errorf("%d claims: %q\nand %q", len(a), a, b)
	}
	if twice := routeClaims(t, `,"paths":["/a/{x}","/a/{y}"]`); len(twice) != 1 {
		t.Errorf("one pattern in two spellings is claimed as %q", twice)
	}
	most := routeClaims(t, `,"methods":[`+names(64)+`],"listeners":[`+names(32)+`]`)
	if len(most) != api.MaxRouteClaims {
		t.Errorf("%d claims", len(most))
	}
}

func TestListenerClaims(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{":80", ":80", true}, {":80", "0.0.0.0:80", true}, {":080", ":80", true}, {"[::]:80", ":80", true}, {"[0:0::1]:80", "[::1]:80", true},
		{":80", ":81", false}, {"127.0.0.1:80", "127.0.0.2:80", false},
	} {
		a, b := claims(t, "listener", `{"id":"a","address":"`+c.a+`"}`), claims(t, "listener", `{"id":"b","address":"`+c.b+`"}`)
		if overlap(a, b) != c.want {
			t.Errorf("%s and %s: overlap should be %v: %q, %q", c.a, c.b, c.want, a, b)
		}
	}
}

// A credential claims its secret without showing it, and nothing when it does
// not have it.
func TestCredentialClaims(t *testing.T) {
	const secret = "0123456789abcdef"
	a := claims(t, "credential", `{"id":"a","consumer":"x","type":"key","secret":"`+secret+`"}`)
	b := claims(t, "credential", `{"id":"b","consumer":"y","type":"key","secret":"`+secret+`"}`)
	c := claims(t, "credential", `{"id":"b","consumer":"y","type":"key","secret":"`+secret+`0"}`)
	if len(a) != 1 || !overlap(a, b) || overlap(a, c) || strings.Contains(a[0], secret) {
		t.Errorf("got %q, %q, %q", a, b, c)
	}
	var without api.Credential
	if err := api.KindOf("credential").Type.Decode([]byte(`{"id":"a","consumer":"x","type":"key"}`), &without, schema.WithoutSecrets); err != nil || without.Claims() != nil {
		t.Errorf("%v, %q", err, without.Claims())
	}
}

func TestTargetShare(t *testing.T) {
	zero, two := 0, 2
	for weight, want := range map[*int]int{nil: 1, &zero: 0, &two: 2} {
		if got := (&api.Target{Weight: weight}).Share(); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
}
