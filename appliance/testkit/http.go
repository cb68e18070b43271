// SPDX-License-Identifier: Apache-2.0

package testkit

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
)

// An Echo is what [EchoHTTP] answers with: the request as it saw it.
type Echo struct {
	Proto   string      `json:"proto"`
	Method  string      `json:"method"`
	Host    string      `json:"host"`
	Target  string      `json:"target"` // as in the request line
	Header  http.Header `json:"header"`
	Body    string      `json:"body"`
	Trailer http.Header `json:"trailer,omitempty"`
}

// EchoHTTP answers every request with an [Echo] in JSON.
func EchoHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(Echo{
		Proto: r.Proto, Method: r.Method, Host: r.Host, Target: r.RequestURI,
		Header: r.Header, Body: string(body), Trailer: r.Trailer,
	})
}

// HTTP starts a target that speaks HTTP/1.1 and HTTP/2 by prior knowledge, or
// both over TLS if config is not nil, until the test ends. It returns its
// address, "127.0.0.1:port".
func HTTP(t testing.TB, config *tls.Config, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.DisableGeneralOptionsHandler = true // OPTIONS * is echoed, too
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetHTTP2(config != nil)
	server.Config.Protocols.SetUnencryptedHTTP2(config == nil)
	if config != nil {
		server.TLS = config.Clone()
		server.EnableHTTP2 = true
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}
