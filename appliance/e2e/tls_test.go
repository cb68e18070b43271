// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// A secured is a gateway with one TLS listener and no routes: it answers 404.
type secured struct {
	*gatewaytest.Gateway
	address   string
	authority *testkit.Authority // of the listener's certificates
}

func newSecured(t *testing.T) *secured {
	s := &secured{gatewaytest.Start(t, nil), gatewaytest.FreeAddress(t), testkit.NewAuthority(t)}
	s.renew(t)
	return s
}

// renew replaces the listener's certificate.
func (s *secured) renew(t *testing.T) {
	t.Helper()
	_, chain, key := s.authority.Issue(t, "gate.test")
	s.Put(t, "certificate", "gate", object(map[string]any{"certificate": chain, "private_key": key}))
}

// listen writes the listener with members of its own and of its tls.
func (s *secured) listen(t *testing.T, members, tlsMembers map[string]any) {
	t.Helper()
	all := map[string]any{"address": s.address, "tls": map[string]any{"certificates": []string{"gate"}}}
	for name, value := range members {
		all[name] = value
	}
	for name, value := range tlsMembers {
		all["tls"].(map[string]any)[name] = value
	}
	s.Put(t, "listener", "main", object(all))
}

// client returns a client's configuration for HTTP/1.1.
func (s *secured) client() *tls.Config {
	return &tls.Config{RootCAs: s.authority.Pool(), ServerName: "gate.test", NextProtos: []string{"http/1.1"}}
}

// ask makes one request on a connection of its own. With TLS 1.3 a server's
// refusal of a certificate is known only when something is read.
func (s *secured) ask(config *tls.Config) (tls.ConnectionState, error) {
	dialer := &tls.Dialer{NetDialer: &net.Dialer{Timeout: 20 * time.Second}, Config: config}
	raw, err := dialer.Dial("tcp", s.address)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer raw.Close()
	conn := raw.(*tls.Conn)
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // fails on a closed connection only
	state := conn.ConnectionState()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: gate.test\r\n\r\n"); err != nil {
		return state, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return state, err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != 404 {
		return state, fmt.Errorf("%s, %w", response.Status, err)
	}
	return state, nil
}

// The listener's min_version, ciphers and http2 decide what a handshake comes
// to; all of them change while it is open.
func TestVersionsCiphersProtocols(t *testing.T) {
	s := newSecured(t)
	const aes, chacha = tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
	only := map[string]any{"ciphers": []string{tls.CipherSuiteName(chacha)}}
	both := []string{"h2", "http/1.1"}
	http1 := []string{"http/1.1"}
	for _, test := range []struct {
		name                string
		members, tlsMembers map[string]any
		versions            [2]uint16
		suites              []uint16
		offers              []string
		version             uint16 // 0: refused
		suite               uint16 // 0: any
		protocol            string
	}{
		{"TLS 1.2", nil, nil, [2]uint16{tls.VersionTLS12, tls.VersionTLS12}, nil, http1, tls.VersionTLS12, 0, "http/1.1"},
		{"TLS 1.3", nil, nil, [2]uint16{tls.VersionTLS12, tls.VersionTLS13}, nil, both, tls.VersionTLS13, 0, "h2"},
		{"TLS 1.1", nil, nil, [2]uint16{tls.VersionTLS10, tls.VersionTLS11}, nil, http1, 0, 0, ""},
		{"TLS 1.2 under min_version 1.3", nil, map[string]any{"min_version": "1.3"}, [2]uint16{tls.VersionTLS12, tls.VersionTLS12}, nil, http1, 0, 0, ""},
		{"TLS 1.3 under min_version 1.3", nil, map[string]any{"min_version": "1.3"}, [2]uint16{tls.VersionTLS12, tls.VersionTLS13}, nil, http1, tls.VersionTLS13, 0, "http/1.1"},
		{"TLS 1.2 again", nil, nil, [2]uint16{tls.VersionTLS12, tls.VersionTLS12}, nil, both, tls.VersionTLS12, 0, "h2"},
		{"the suite of ciphers", nil, only, [2]uint16{tls.VersionTLS12, tls.VersionTLS12}, []uint16{aes, chacha}, both, tls.VersionTLS12, chacha, "h2"},
		{"a suite not of ciphers", nil, only, [2]uint16{tls.VersionTLS12, tls.VersionTLS12}, []uint16{aes}, both, 0, 0, ""},
		{"ciphers are not of TLS 1.3", nil, only, [2]uint16{tls.VersionTLS12, tls.VersionTLS13}, []uint16{aes}, both, tls.VersionTLS13, 0, "h2"},
		{"any suite", nil, nil, [2]uint16{tls.VersionTLS12, tls.VersionTLS12}, []uint16{aes}, both, tls.VersionTLS12, aes, "h2"},
		{"no HTTP/2", map[string]any{"http2": false}, nil, [2]uint16{tls.VersionTLS12, tls.VersionTLS13}, nil, both, tls.VersionTLS13, 0, "http/1.1"},
		{"a client without ALPN", nil, nil, [2]uint16{tls.VersionTLS12, tls.VersionTLS13}, nil, nil, tls.VersionTLS13, 0, ""},
		{"a client of another protocol", nil, nil, [2]uint16{tls.VersionTLS12, tls.VersionTLS13}, nil, []string{"imap"}, 0, 0, ""},
	} {
		s.listen(t, test.members, test.tlsMembers)
		config := s.client()
		config.MinVersion, config.MaxVersion, config.CipherSuites, config.NextProtos = test.versions[0], test.versions[1], test.suites, test.offers
		conn, err := tls.Dial("tcp", s.address, config)
		if err != nil {
			if test.version != 0 {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		state := conn.ConnectionState()
		conn.Close()
		if state.Version != test.version || state.NegotiatedProtocol != test.protocol || test.suite != 0 && state.CipherSuite != test.suite {
			t.Errorf("%s: %s, %s, %q", test.name, tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite), state.NegotiatedProtocol)
		}
	}
}

// A listener with client_ca lets in those whose certificate it can check.
func TestClientCertificates(t *testing.T) {
	s := newSecured(t)
	ours, theirs := testkit.NewAuthority(t), testkit.NewAuthority(t)
	good, _, _ := ours.Issue(t, "good.test")
	stranger, _, _ := theirs.Issue(t, "stranger.test")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, test := range []struct {
			name                  string
			tls                   map[string]any
			none, good, strangers bool // whether such a client comes in
		}{
			{"nothing asked for", nil, true, true, true},
			{"client_ca", map[string]any{"client_ca": ours.PEM}, false, true, false},
			{"require", map[string]any{"client_ca": ours.PEM, "client_auth": "require"}, false, true, false},
			{"optional", map[string]any{"client_ca": ours.PEM, "client_auth": "optional"}, true, true, false},
			{"two authorities", map[string]any{"client_ca": ours.PEM + theirs.PEM}, false, true, true},
			{"the other authority", map[string]any{"client_ca": theirs.PEM}, false, false, true},
			{"nothing asked for again", nil, true, true, true},
		} {
			s.listen(t, nil, test.tls)
			for _, client := range []struct {
				name        string
				certificate *tls.Certificate
				comesIn     bool
			}{{"nobody", nil, test.none}, {"good", &good, test.good}, {"stranger", &stranger, test.strangers}} {
				config := s.client()
				config.MaxVersion = version
				config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					if client.certificate == nil {
						return new(tls.Certificate), nil
					}
					return client.certificate, nil // whether the server knows its authority or not
				}
				if _, err := s.ask(config); (err == nil) != client.comesIn {
					t.Errorf("%s, %s: %s: %v", tls.VersionName(version), test.name, client.name, err)
				}
			}
		}
	}
}

// Sessions are resumed whatever changes, but for what they must not get
// around: a version or suite that is refused now, and authorities of clients.
func TestSessionsOutliveChanges(t *testing.T) {
	ours, theirs := testkit.NewAuthority(t), testkit.NewAuthority(t)
	certificate, _, _ := ours.Issue(t, "good.test")
	const aes, chacha = tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
	ciphers := func(suite uint16) map[string]any {
		return map[string]any{"ciphers": []string{tls.CipherSuiteName(suite)}}
	}
	clientCA := func(pem, auth string) map[string]any { return map[string]any{"client_ca": pem, "client_auth": auth} }
	const resumed, full, refused = "resumed", "full", "refused"
	for _, client := range []struct {
		name         string
		version      uint16
		certificates []tls.Certificate
	}{
		{"TLS 1.2", tls.VersionTLS12, nil},
		{"TLS 1.3", tls.VersionTLS13, nil},
		{"TLS 1.2 with a certificate", tls.VersionTLS12, []tls.Certificate{certificate}},
		{"TLS 1.3 with a certificate", tls.VersionTLS13, []tls.Certificate{certificate}},
	} {
		t.Run(client.name, func(t *testing.T) {
			t.Parallel()
			s := newSecured(t)
			s.listen(t, nil, nil)
			config := s.client()
			config.MaxVersion, config.Certificates = client.version, client.certificates
			config.CipherSuites = []uint16{aes, chacha}
			config.ClientSessionCache = tls.NewLRUClientSessionCache(0)
			expect := func(after, want string) {
				t.Helper()
				state, err := s.ask(config)
				got := full
				if err != nil {
					got = refused
				} else if state.DidResume {
					got = resumed
				}
				if got != want {
					t.Errorf("after %s: %s, want %s (%v)", after, got, want, err)
				}
			}
			expect("nothing", full)
			expect("a session", resumed)
			s.Put(t, "upstream", "u", `{}`)
			s.Put(t, "route", "r", `{"hosts":["another.test"],"upstream":"u"}`)
			expect("a route", resumed)
			s.listen(t, map[string]any{"idle_timeout": "5m", "max_header_bytes": 4096}, nil)
			expect("other limits of the listener", resumed)
			s.listen(t, map[string]any{"http2": false}, nil)
			expect("no HTTP/2", resumed)
			s.renew(t)
			expect("another certificate", resumed)
			s.Delete(t, "listener", "main")
			s.listen(t, nil, nil)
			expect("another listener on the address", full)

			if client.certificates == nil {
				s.listen(t, nil, clientCA(ours.PEM, "optional"))
				expect("clients are asked for a certificate", resumed)
				s.listen(t, nil, clientCA(ours.PEM, "require"))
				expect("clients must have one", refused)
				s.listen(t, nil, nil)
				_, _ = s.ask(config) // whatever session the refusal has left
				expect("clients need none", resumed)
			} else {
				s.listen(t, nil, clientCA(ours.PEM, "require"))
				expect("a session without a certificate", full)
				expect("a session with one", resumed)
				s.listen(t, nil, clientCA(theirs.PEM+ours.PEM, "optional"))
				expect("one more authority", resumed)
				s.listen(t, nil, clientCA(theirs.PEM, "optional"))
				presents := slices.Clone(config.Certificates)
				config.Certificates = nil
				expect("the authority is gone, and the client presents nothing", full)
				config.Certificates = presents
				s.listen(t, nil, clientCA(ours.PEM, "require"))
				expect("the authority is back, and the session is without a certificate", full)
				expect("a session with one", resumed)
				s.listen(t, nil, clientCA(theirs.PEM, "require"))
				expect("the authority is gone", refused)
				s.listen(t, nil, nil)
				expect("nobody asks", full)
			}
			if client.version == tls.VersionTLS13 {
				s.listen(t, nil, map[string]any{"min_version": "1.3"})
				expect("min_version 1.3", resumed)
				return
			}
			s.listen(t, nil, ciphers(aes))
			_, _ = s.ask(config) // a session of this suite, if there was none
			expect("one suite", resumed)
			s.listen(t, nil, ciphers(chacha))
			expect("another suite", full)
			s.listen(t, nil, map[string]any{"min_version": "1.3"})
			expect("min_version 1.3", refused)
		})
	}
}
