// SPDX-License-Identifier: Apache-2.0

package compress

import (
	"slices"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

func header(values ...string) *message.Header {
	h := new(message.Header)
	for _, v := range values {
		h.Add("Accept-Encoding", v)
	}
	return h
}

func TestNegotiate(t *testing.T) {
	offered := []string{"zstd", "br", "gzip"}
	for _, test := range []struct {
		want   string
		fields []string
	}{
		{"", nil},
		{"", []string{""}},
		{"gzip", []string{"gzip"}},
		{"gzip", []string{"GZip"}},
		{"gzip", []string{"x-gzip"}},
		{"", []string{"compress, deflate"}},
		{"zstd", []string{"gzip, br, zstd"}},
		{"zstd", []string{"gzip", "br , zstd"}},
		{"br", []string{"gzip;q=0.8, br;q=0.9, zstd;q=0.1"}},
		{"br", []string{"gzip ; Q=0.800 , br ; q=0.801"}},
		{"", []string{"gzip;q=0, br;q=0.000"}},
		{"zstd", []string{"*"}},
		{"br", []string{"zstd;q=0, *"}},
		{"gzip", []string{"gzip, *;q=0"}},
		{"", []string{"*;q=0"}},
		{"", []string{"identity"}},
		{"", []string{"identity, gzip;q=0.5"}},
		{"gzip", []string{"identity;q=0.5, gzip"}},
		{"gzip", []string{"identity;q=0.5, gzip;q=0.5"}},
		{"gzip", []string{"identity;q=0, gzip;q=0.001"}},
		{"", []string{"identity;q=0"}},
		{"", []string{"gzip;q=2, br;q=0.1234, zstd;q=-1"}},
		{"", []string{"gzip;q=, br;q, zstd;level=1"}},
		{"", []string{"gzip;q=1.001, br;q=00"}},
		{"br", []string{",, br,"}},
	} {
		got := ""
		if i := negotiate(header(test.fields...), offered); i >= 0 {
			got = offered[i]
		}
		if got != test.want {
			t.Errorf("%q: %q; want %q", test.fields, got, test.want)
		}
	}
}

// FuzzNegotiate holds that a client never gets what it forbids, nor what it
// did not name, and that the order of offers decides among equals only.
func FuzzNegotiate(f *testing.F) {
	for _, s := range []string{"gzip, deflate, br", "*;q=0.1, gzip;q=0", "identity;q=0", "br;q=1.000,x-gzip;q=0.9", "gzip;q=.5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		offered := []string{"zstd", "br", "gzip"}
		h := header(value)
		i := negotiate(h, offered)
		if i < 0 {
			return
		}
		q := weigh(h, offered[i])
		if q < 1 || q > 1000 {
			t.Errorf("%q: %s is chosen at %d", value, offered[i], q)
		}
		slices.Reverse(offered)
		if j := negotiate(h, offered); j < 0 || weigh(h, offered[j]) != q {
			t.Errorf("%q: the order of offers beats the client's wish", value)
		}
	})
}
