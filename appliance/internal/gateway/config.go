// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"errors"
	"fmt"
	"net"
	"regexp"
)

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

// Validate returns everything that is wrong with the configuration.
func (c *Config) Validate() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !namePattern.MatchString(c.NodeID) {
		fail("node id: must be letters, digits, dots, underscores and hyphens; is %q", c.NodeID)
	}
	if !namePattern.MatchString(c.Cluster) {
		fail("cluster: must be letters, digits, dots, underscores and hyphens; is %q", c.Cluster)
	}
	for _, a := range []struct{ name, address string }{{"admin address", c.Admin}, {"operations address", c.Operations}, {"default listener", c.DefaultListener}} {
		if _, _, err := net.SplitHostPort(a.address); a.address != "" && err != nil {
			fail(`%s: must be "host:port" or ":port"; is %q`, a.name, a.address)
		}
	}
	if c.File != "" && len(c.Etcd.Endpoints) > 0 {
		fail("a configuration file and etcd endpoints exclude each other: the configuration comes from one place")
	}
	if c.Etcd.EmbeddedListen != "" && (c.File != "" || len(c.Etcd.Endpoints) > 0) {
		fail("an address for the embedded etcd makes sense only when the embedded etcd runs: without a configuration file and etcd endpoints")
	}
	for _, p := range []struct {
		name, flags string
		pair        KeyPair
	}{{"admin", "--admin-cert and --admin-key", c.AdminTLS}, {"etcd", "--etcd-cert and --etcd-key", c.Etcd.KeyPair}} {
		if (p.pair.Certificate == "") != (p.pair.Key == "") {
			fail("%s: give both of %s, a certificate and its key, or neither", p.name, p.flags)
		}
	}
	return errors.Join(errs...)
}
