// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"encoding/json"
	"fmt"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
)

// check returns what active checks of targets do that are spoken to by these
// settings. Checks with the same key are one, whichever upstream they are of.
func (s *settings) check(c *api.ActiveCheck, tr *trust) *health.Spec {
	document, _ := json.Marshal(c) // plain data always encodes
	key := string(document) + "\x00" + s.protocol
	if tr != nil {
		key += fmt.Sprintf("\x00%s\x00%s\x00%s\x00%t\x00%x", s.serverName, s.ca, s.minVersion, s.skipVerify, s.clientCertificate)
	}
	return &health.Spec{Check: *c, Protocol: s.protocol, TLS: tr.config(), Key: key}
}

// watchOf returns the active check of a target, nil if it has none.
func watchOf(t *Target) *health.Watch {
	if t == nil {
		return nil
	}
	return t.watch
}
