// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A sticky keeps clients at their targets by a cookie (RFC 6265).
type sticky struct {
	upstream   string
	cookie     string
	attributes string
	secure     *bool
}

func newSticky(upstream string, s *api.Sticky) *sticky {
	attributes := "; Path=" + string(s.Path) + "; HttpOnly; SameSite=" + strings.ToUpper(s.SameSite[:1]) + s.SameSite[1:]
	if s.TTL > 0 {
		attributes += "; Max-Age=" + strconv.FormatInt(int64(s.TTL.Std()/time.Second), 10)
	}
	secure := s.Secure
	if s.SameSite == "none" {
		yes := true
		secure = &yes // browsers drop the cookie otherwise
	}
	return &sticky{upstream, string(s.Cookie), attributes, secure}
}

// name returns what the cookie says for a target. It is the same on every node
// and does not say the address; but who guesses one, and the upstream's id, can
// find out whether it is right.
func (s *sticky) name(address string) string {
	sum := sha256.Sum256([]byte(s.upstream + "\x00" + address))
	return hex.EncodeToString(sum[:8])
}

// sent returns what the cookie of a request says, or "".
func (s *sticky) sent(r *message.Request) string {
	for line := range r.Header.Values("cookie") {
		for name, value := range match.CookiePairs(line) {
			if name == s.cookie {
				return value
			}
		}
	}
	return ""
}

// set returns the value of Set-Cookie that keeps the client of a request at a
// target.
func (s *sticky) set(r *message.Request, t *Target) string {
	value := s.cookie + "=" + t.name + s.attributes
	if s.secure != nil && *s.secure || s.secure == nil && r.Scheme == "https" {
		value += "; Secure"
	}
	return value
}
