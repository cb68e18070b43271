// SPDX-License-Identifier: Apache-2.0

package message_test

import (
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// S1-57: what counts as a gRPC call gets gRPC answers.
func TestIsGRPC(t *testing.T) {
	for contentType, want := range map[string]bool{
		"application/grpc": true, "application/grpc+proto": true, "application/grpc+": true, "application/grpc;charset=utf-8": true,
		"Application/gRPC": true, "APPLICATION/GRPC+JSON": true, // a media type has no case (RFC 9110, section 8.3.1)
		"": false, "application/grp": false, "application/grpcx": false, "application/grpc-web": false, "application/grpc-web+proto": false,
		"application/grpc-web-text": false, "text/application/grpc": false, " application/grpc": false, "application/json": false,
		"application\x0fgrpc": false, "\x01pplication/grpc": false,
	} {
		for proto, may := range map[message.Proto]bool{message.HTTP10: false, message.HTTP11: false, message.HTTP2: true, message.HTTP3: true} {
			r := message.Request{Proto: proto}
			if r.IsGRPC() {
				t.Errorf("%s without a content type", proto)
			}
			r.Header.Add("Content-Type", contentType)
			if got := r.IsGRPC(); got != (want && may) {
				t.Errorf("%s, %q: %t", proto, contentType, got)
			}
		}
	}
}

func TestTarget(t *testing.T) {
	for want, r := range map[string]message.Request{
		"/":         {Path: "/"},
		"/?":        {Path: "/", HasQuery: true},
		"/a%2Fb?c?": {Path: "/a%2Fb", Query: "c?", HasQuery: true},
		"*":         {Path: "*"},
	} {
		if got := r.Target(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Upgrade is about the letters of ASCII only: the Kelvin sign is no k, and
// bytes that are not UTF-8 stay what they are.
func TestUpgrade(t *testing.T) {
	upgrade := message.Field{Name: "connection", Value: "keep-alive, UPGRADE"}
	for value, want := range map[string]string{
		"websocket": "websocket", "WebSocket": "websocket", "h2c, WebSocket/13": "h2c, websocket/13", "": "",
		"websoc\u212Aet": "websoc\u212Aet", "\u0130s": "\u0130s", "A\xff\xc0Z": "a\xff\xc0z", "@[`{": "@[`{",
	} {
		r := message.Request{Proto: message.HTTP11, Header: message.MakeHeader([]message.Field{upgrade, {Name: "Upgrade", Value: value}})}
		if got := r.Upgrade(); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
	without := message.Request{Proto: message.HTTP11, Header: message.MakeHeader([]message.Field{upgrade})}
	if got := without.Upgrade(); got != "" {
		t.Errorf("without the field: %q", got)
	}
}

func TestProto(t *testing.T) {
	for proto, want := range map[message.Proto]string{
		message.HTTP10: "HTTP/1.0", message.HTTP11: "HTTP/1.1", message.HTTP2: "HTTP/2.0", message.HTTP3: "HTTP/3.0",
	} {
		if proto.String() != want {
			t.Errorf("got %s, want %s", proto, want)
		}
	}
}
