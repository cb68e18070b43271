// SPDX-License-Identifier: Apache-2.0

package message_test

import (
	"fmt"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// twenty returns a header of 20 fields, the last of them "content-type".
func twenty() message.Header {
	var h message.Header
	for i := range 19 {
		h.Add(fmt.Sprintf("x-field-%02d", i), "value")
	}
	h.Add("Content-Type", "application/json")
	return h
}

func BenchmarkHeader(b *testing.B) {
	for name, op := range map[string]func(*message.Header){
		"get first":   func(h *message.Header) { _ = h.Get("x-field-00") },
		"get last":    func(h *message.Header) { _ = h.Get("content-type") },
		"get missing": func(h *message.Header) { _ = h.Get("x-field-19") },
		"set":         func(h *message.Header) { h.Set("x-field-10", "other") },
		"joined":      func(h *message.Header) { _ = h.Joined("content-type") },
		"token":       func(h *message.Header) { _ = h.HasToken("content-type", "text/html") },
		"del and add": func(h *message.Header) { h.Del("x-field-05"); h.Add("x-field-05", "value") },
	} {
		b.Run(name, func(b *testing.B) {
			h := twenty()
			b.ReportAllocs()
			for b.Loop() {
				op(&h)
			}
		})
	}
}

// No look-up and no change of a field in place costs memory: each happens
// several times in every request.
func TestHeaderDoesNotAllocate(t *testing.T) {
	h := twenty()
	if n := testing.AllocsPerRun(100, func() {
		h.Set("x-field-10", h.Get("CONTENT-TYPE"))
		h.Del("x-field-05")
		h.Add("x-field-05", h.Joined("content-type"))
		if h.HasToken("content-type", "text/html") || h.Has("x-field-19") {
			t.Error("has what it has not")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
