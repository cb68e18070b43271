// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// The statuses that the gateway answers with, as literals of its source, and
// what a gRPC call is told in their place. Where the gRPC project's mapping of
// HTTP statuses has something else, it is in the comment.
var answered = map[string]string{
	"400": "13",
	"401": "16",
	"404": "12",
	"408": "4",
	"413": "8",
	"501": "12",
	"500": "13", // UNKNOWN there; what went wrong is in the gateway
	"502": "14",
	"503": "14",
	"504": "4", // UNAVAILABLE there; it was a timeout
}

// Statuses that are not made in one place: of settings, such as rate_limit's,
// and of engines.
var alsoAnswered = map[string]string{
	"403": "7",
	"405": "12",
	"414": "8",
	"422": "3",
	"429": "8", // UNAVAILABLE there; a limit was reached
	"431": "8",
}

// variables are the statuses that are no literals.
var variables = []string{"r.status"}

// Every status that the gateway answers with is in the table (S1-57).
func TestEveryAnswerHasAGRPCStatus(t *testing.T) {
	found := make(map[string]string)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			if !ok || len(c.Args) != 2 {
				return true
			}
			if f, ok := c.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Answer" {
				found[types.ExprString(c.Args[0])] = path
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := append(slices.Collect(maps.Keys(answered)), variables...)
	for _, status := range want {
		if found[status] == "" {
			t.Errorf("nothing answers %s any more; strike it off", status)
		}
	}
	for status, path := range found {
		if !slices.Contains(want, status) {
			t.Errorf("%s answers %s, which is in no table here", path, status)
		}
	}
}

// A call is answered with trailers only, and its message as the protocol
// encodes it, before a target is asked and after.
func TestGRPCAnswers(t *testing.T) {
	const text = "100% späte\r\nAntwort"
	codes := maps.Clone(answered)
	maps.Copy(codes, alsoAnswered)
	for status, want := range codes {
		code, err := strconv.Atoi(status)
		if err != nil {
			t.Fatal(err)
		}
		answer := func(x *plugin.Exchange) error { x.Answer(code, text); return nil }
		for name, h := range map[string]hook{"request": {request: answer}, "transport": {wrap: func(plugin.Transport) plugin.Transport { return roundTrip(answer) }}} {
			b := start(t)
			b.apply("upstream", "u", `{}`, "route", "r", `{"upstream":"u","plugins":{"a":`+b.hook("a", h)+`}}`)
			s := b.serve(context.Background(), call("/pkg.Service/Method"))
			if s.status != 200 || s.header.Get("content-type") != "application/grpc" || s.header.Get("grpc-status") != want || s.body != "" || s.trailer.Len() > 0 {
				t.Errorf("%s in %s: %d %q, body %q, trailers %q; want grpc-status %s", status, name, s.status, s.header.Fields(), s.body, s.trailer.Fields(), want)
			}
			if got, err := url.PathUnescape(s.header.Get("grpc-message")); err != nil || got != text || strings.ContainsAny(s.header.Get("grpc-message"), "\r\nä") {
				t.Errorf("%s in %s: the message %q", status, name, s.header.Get("grpc-message"))
			}
		}
	}
}
