// SPDX-License-Identifier: Apache-2.0

package snapshot_test

import (
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// What a listener tells targets of clients, and what it calls itself.
func TestListenerTells(t *testing.T) {
	c := newCompiler(t)
	for _, test := range []struct {
		more         string
		x, field     bool
		http1, http2 string
	}{
		{``, true, false, "", ""},
		{`,"forwarded":"x_forwarded","via":"gate"`, true, false, "1.1 gate", "2 gate"},
		{`,"forwarded":"forwarded"`, false, true, "", ""},
		{`,"forwarded":"both"`, true, true, "", ""},
		{`,"forwarded":"none"`, false, false, "", ""},
	} {
		l := c.apply(object("listener", "l", `{"address":":1"`+test.more+`}`)).Listeners["l"]
		if l.XForwarded != test.x || l.Forwarded != test.field {
			t.Errorf("%s: X-Forwarded %t, Forwarded %t", test.more, l.XForwarded, l.Forwarded)
		}
		if one, two := l.Via(message.HTTP11), l.Via(message.HTTP2); one != test.http1 || two != test.http2 {
			t.Errorf("%s: Via %q and %q", test.more, one, two)
		}
	}
}
