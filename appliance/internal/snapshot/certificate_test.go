// SPDX-License-Identifier: Apache-2.0

package snapshot_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// certificate returns a self-signed certificate object with a serial number.
func certificate(t *testing.T, id string, serial int64, until time.Time, more string, names ...string) snapshot.Object {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "CN.test"}, NotBefore: until.Add(-48 * time.Hour), NotAfter: until, DNSNames: names}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	quote := func(kind string, der []byte) string {
		b, _ := json.Marshal(string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
		return string(b)
	}
	return object("certificate", id, `{"certificate":`+quote("CERTIFICATE", der)+`,"private_key":`+quote("PRIVATE KEY", private)+more+`}`)
}

// S1-19: the certificate is chosen by the server name of the handshake.
func TestServerNames(t *testing.T) {
	later, earlier := time.Now().Add(24*time.Hour), time.Now().Add(-24*time.Hour)
	c := newCompiler(t)
	s := c.apply(
		certificate(t, "exact", 1, later, "", "www.example.com"),
		certificate(t, "wild", 2, later, "", "*.example.com", "*.b.example.com"),
		certificate(t, "named", 3, later, `,"names":["Given.Example.ORG"]`, "ignored.example.org"),
		certificate(t, "expired", 4, earlier, "", "twice.example.net"),
		certificate(t, "renewed", 5, later, "", "twice.example.net"),
		object("listener", "l", `{"address":":1","tls":{"certificates":["exact","wild","named","expired","renewed"]}}`),
	)
	for name, want := range map[string]int64{
		"www.example.com":      1,
		"WWW.Example.Com.":     1,
		"other.example.com":    2,
		"a.b.example.com":      2,
		"a.c.example.com":      1, // a wildcard stands for one label; the first one answers
		"example.com":          1,
		"given.example.org":    3,
		"ignored.example.org":  1,
		"cn.test":              1,
		"twice.example.net":    5, // the one that is valid now
		"":                     1,
		"nobody.knows.invalid": 1,
	} {
		if got := chosen(t, s, name); got != want {
			t.Errorf("%q: certificate %d, want %d", name, got, want)
		}
	}
	if s.Listeners["l"].TLS.MinVersion != tls.VersionTLS12 {
		t.Error("the lowest version is not TLS 1.2")
	}
}

// A changed certificate reaches every listener that has it, and only those.
func TestChangedCertificate(t *testing.T) {
	later := time.Now().Add(24 * time.Hour)
	c := newCompiler(t)
	before := c.apply(
		certificate(t, "a", 1, later, "", "a.test"), certificate(t, "b", 2, later, "", "b.test"),
		object("listener", "a", `{"address":":1","tls":{"certificates":["a"]}}`),
		object("listener", "b", `{"address":":2","tls":{"certificates":["b"],"min_version":"1.3"}}`),
	)
	after := c.apply(certificate(t, "a", 3, later, "", "a.test"))
	if got := after.Listeners["a"].TLS; got == before.Listeners["a"].TLS {
		t.Error("the listener keeps the old certificate")
	}
	if after.Listeners["b"] != before.Listeners["b"] {
		t.Error("the other listener was changed, too")
	}
	if after.Listeners["b"].TLS.MinVersion != tls.VersionTLS13 {
		t.Error("min_version does not hold")
	}
	if after = c.apply(object("certificate", "a", "")); after.Listeners["a"] != nil || len(after.Problems) != 1 {
		t.Errorf("a listener without its certificate serves; problems %v", after.Problems)
	}
}

// What a listener says of cipher suites and clients' certificates becomes
// crypto/tls's.
func TestServerTLSSettings(t *testing.T) {
	authority := testkit.NewAuthority(t)
	ca, _ := json.Marshal(authority.PEM + testkit.NewAuthority(t).PEM)
	for more, want := range map[string]struct {
		auth   tls.ClientAuthType
		suites []uint16
	}{
		``:                           {},
		`,"client_ca":` + string(ca): {auth: tls.RequireAndVerifyClientCert},
		`,"client_ca":` + string(ca) + `,"client_auth":"require"`:  {auth: tls.RequireAndVerifyClientCert},
		`,"client_ca":` + string(ca) + `,"client_auth":"optional"`: {auth: tls.VerifyClientCertIfGiven},
		`,"ciphers":["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256","TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]`: {
			suites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		},
	} {
		c := newCompiler(t)
		s := c.apply(certificate(t, "a", 1, time.Now().Add(time.Hour), "", "a.test"), object("listener", "l", `{"address":":1","tls":{"certificates":["a"]`+more+`}}`))
		if s.Listeners["l"] == nil {
			t.Fatal(s.Problems)
		}
		got := s.Listeners["l"].TLS
		if got.ClientAuth != want.auth || !slices.Equal(got.CipherSuites, want.suites) || (got.ClientCAs != nil) != (want.auth != 0) {
			t.Errorf("%.40s: client auth %s, authorities %v, suites %v", more, got.ClientAuth, got.ClientCAs, got.CipherSuites)
		}
	}
}

// An upstream gets its certificate, gets it anew when that changes, keeps its
// connections when only people read the change, and is left out without it.
func TestClientCertificate(t *testing.T) {
	authority := testkit.NewAuthority(t)
	saw := make(chan string, 1)
	config := testkit.ServerTLS(t, authority, "localhost")
	config.ClientAuth = tls.RequireAnyClientCert
	target := testkit.HTTP(t, config, func(w http.ResponseWriter, r *http.Request) {
		saw <- r.TLS.PeerCertificates[0].SerialNumber.String()
		_, _ = io.WriteString(w, "ok")
	})
	ca, _ := json.Marshal(authority.PEM)
	host, port, _ := strings.Cut(target, ":")
	later := time.Now().Add(time.Hour)
	own := certificate(t, "own", 7, later, "", "gateway.test")
	renamed := own
	renamed.Value = bytes.Replace(own.Value, []byte(`{`), []byte(`{"description":"d",`), 1)

	c := newCompiler(t)
	c.apply(own, certificate(t, "stranger", 1, later, "", "x.test"),
		object("upstream", "u", `{"protocol":"https","targets":[{"host":"`+host+`","port":`+port+`}],"tls":{"server_name":"localhost","ca_certificate":`+string(ca)+`,"client_certificate":"own"}}`),
		object("route", "r", `{"upstream":"u"}`))
	for _, step := range []struct {
		name   string
		change snapshot.Object
		serial string
	}{
		{"as it was", own, "7"},
		{"another certificate", certificate(t, "stranger", 2, later, "", "x.test"), "7"},
		{"its description", renamed, "7"},
		{"it", certificate(t, "own", 8, later, "", "gateway.test"), "8"},
		{"it again", certificate(t, "own", 9, later, "", "gateway.test"), "9"},
	} {
		s := c.apply(step.change)
		if len(s.Problems) > 0 {
			t.Fatal(s.Problems)
		}
		pool := s.Pool(s.Router.Entry("r").Value)
		picked, err := pool.Pick(&upstream.Selection{Request: &message.Request{}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var response message.Response
		if err := picked.RoundTrip(t.Context(), &message.Request{Proto: message.HTTP11, Method: "GET", Scheme: "https", Host: "h", Path: "/"}, &response, nil); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if serial := <-saw; serial != step.serial {
			t.Errorf("%s: the target saw certificate %s, want %s", step.name, serial, step.serial)
		}
		if dialled := picked.Stats().Dialled; dialled != 1 {
			t.Errorf("%s: %d connections were made, want 1", step.name, dialled)
		}
	}
	s := c.apply(object("certificate", "own", ""))
	if len(s.Problems) != 2 || s.Problems[0].Path != "tls.client_certificate" || s.Problems[0].ID != "u" || !s.Router.Entry("r").Value.Blocked {
		t.Errorf("an upstream without its certificate: problems %v", s.Problems)
	}
}

func chosen(t *testing.T, s *snapshot.Snapshot, name string) int64 {
	t.Helper()
	cert, err := s.Listeners["l"].TLS.GetCertificate(&tls.ClientHelloInfo{
		ServerName: name, SupportedVersions: []uint16{tls.VersionTLS13},
		SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}, CipherSuites: []uint16{tls.TLS_AES_128_GCM_SHA256},
		SupportedCurves: []tls.CurveID{tls.CurveP256},
	})
	if err != nil {
		t.Fatal(err)
	}
	return cert.Leaf.SerialNumber.Int64()
}
