// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// sessions is how many TLS sessions are kept for resumption in each pool.
const sessions = 256

// trust is how the targets of a pool prove themselves; nil without TLS.
type trust struct{ tls *tls.Config }

func newTrust(spec *api.UpstreamTLS) (*trust, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(sessions)}
	if spec == nil {
		return &trust{config}, nil
	}
	config.ServerName = spec.ServerName
	config.InsecureSkipVerify = spec.InsecureSkipVerify != nil && *spec.InsecureSkipVerify
	if spec.CACertificate != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(spec.CACertificate)) {
			return nil, errors.New("tls.ca_certificate: holds no certificate; give PEM blocks of type CERTIFICATE")
		}
	}
	return &trust{config}, nil
}

// config returns the configuration, which the caller must not change.
func (t *trust) config() *tls.Config {
	if t == nil {
		return nil
	}
	return t.tls
}

// explain adds to an error about a target's certificate what to do about it.
func explain(err error) error {
	var failed *message.TransportError
	if !errors.As(err, &failed) || failed.Phase != message.PhaseTLS {
		return err
	}
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	switch {
	case errors.As(err, &name):
		return fmt.Errorf("%w: set the upstream's tls.server_name to a name that the certificate has, or give the target one that has %q", err, name.Host)
	case errors.As(err, &authority):
		return fmt.Errorf("%w: set the upstream's tls.ca_certificate to the authority that signed the target's certificate", err)
	}
	return err
}
