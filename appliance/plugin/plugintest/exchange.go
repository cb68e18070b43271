// SPDX-License-Identifier: Apache-2.0

package plugintest

import (
	"context"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// Exchange returns an exchange whose request came over HTTP/1.1 from
// 192.0.2.1 to www.example.com on the route "route". Fields are lines such as
// "accept: text/html".
func Exchange(method, target string, fields ...string) *plugin.Exchange {
	path, query, hasQuery := strings.Cut(target, "?")
	x := &plugin.Exchange{
		Client:    netip.MustParseAddr("192.0.2.1"),
		Route:     &plugin.Route{ID: "route", Service: "service", Upstream: "upstream"},
		Directory: Directory{},
	}
	x.Begin(context.Background(), &message.Request{
		Proto: message.HTTP11, Method: method, Scheme: "https", Host: "www.example.com",
		Path: path, Query: query, HasQuery: hasQuery, Header: Header(fields...),
	})
	return x
}

// GRPC returns an exchange with a gRPC call over HTTP/2.
func GRPC(path string, fields ...string) *plugin.Exchange {
	x := Exchange("POST", path, append(fields, "content-type: application/grpc")...)
	x.Request.Proto = message.HTTP2
	return x
}

// Header returns a header of lines such as "accept: text/html".
func Header(lines ...string) message.Header {
	var h message.Header
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		h.Add(name, strings.TrimSpace(value))
	}
	return h
}

// Respond gives the exchange a response with a body of known length.
func Respond(x *plugin.Exchange, status int, body string, fields ...string) {
	x.Response = &message.Response{
		Status:        status,
		Header:        Header(append(fields, "content-length: "+strconv.Itoa(len(body)))...),
		Body:          io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
	}
}

// Body reads the response's body to its end and closes it.
func Body(t testing.TB, x *plugin.Exchange) string {
	t.Helper()
	if x.Response.Body == nil {
		return ""
	}
	b, err := io.ReadAll(x.Response.Body)
	if err == nil {
		err = x.Response.Body.Close()
	}
	if err != nil {
		t.Fatalf("response body: %v", err)
	}
	return string(b)
}

// A Directory holds consumers by the fingerprint of a credential.
type Directory map[string]*api.Consumer

// Key adds a consumer with a credential of the type "key".
func (d Directory) Key(consumer, secret string) Directory {
	d[api.Fingerprint(api.CredentialKey, secret)] = &api.Consumer{Meta: api.Meta{ID: consumer}}
	return d
}

// FindCredential returns whose credential has a fingerprint, or nil.
func (d Directory) FindCredential(fingerprint string) *api.Consumer { return d[fingerprint] }
