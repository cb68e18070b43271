// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// sessions is how many TLS sessions are kept for resumption in each pool.
const sessions = 256

// trust is how the targets of a pool prove themselves, and the gateway to
// them; nil without TLS.
type trust struct{ tls *tls.Config }

// newTrust takes what [Env] has of the certificate that spec names.
func newTrust(spec *api.UpstreamTLS, own *tls.Certificate) (*trust, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(sessions)}
	if spec == nil {
		return &trust{config}, nil
	}
	if spec.MinVersion == api.TLS13 {
		config.MinVersion = tls.VersionTLS13
	}
	if own != nil {
		// Not by Certificates: of these crypto/tls leaves out what the target's
		// list of authorities does not have, and the target would then complain
		// of no certificate instead of the wrong one.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own, nil }
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

// explain adds to an error about a certificate what to do about it.
func explain(err error) error {
	var failed *message.TransportError
	if !errors.As(err, &failed) {
		return err
	}
	switch said := alert(err); {
	case strings.Contains(said, "certificate"):
		return fmt.Errorf("%w: set the upstream's tls.client_certificate to one that the target accepts", err)
	case strings.Contains(said, "handshake failure"): // RFC 8446, section 6.2; before TLS 1.3 also for no certificate
		return fmt.Errorf("%w: the target shares no cipher suite with the gateway, or asks for a certificate: set the upstream's tls.client_certificate", err)
	}
	if failed.Phase != message.PhaseTLS {
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

// alert returns what the target complains of, or "". Complaints of the
// gateway's certificate come in any phase: with TLS 1.3, the gateway's side of
// the handshake is done before the target has seen the certificate.
func alert(err error) string {
	var remote *net.OpError
	if !errors.As(err, &remote) || remote.Op != "remote error" { // as crypto/tls calls alerts
		return ""
	}
	return remote.Err.Error()
}
