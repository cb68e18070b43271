// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// What the provider's configuration and the environment come to, with an Admin
// API behind TLS.
func TestAccProviderConfiguration(t *testing.T) {
	tf := newTerraform(t)
	w := newWorld(t)
	behind, err := url.Parse(w.url)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(behind))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are expected
	server.StartTLS()
	t.Cleanup(server.Close)
	authority := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	file := filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(file, []byte(authority), 0o600); err != nil {
		t.Fatal(err)
	}
	w.put("upstream", "app", `{"targets":[{"host":"127.0.0.1","port":80}]}`)

	const reached = "1 to import, 0 to add, 0 to change"
	given := "endpoint = " + strconv.Quote(server.URL) + "\ntoken = " + strconv.Quote(w.token) + "\nretries = 0\n"
	tests := map[string]struct {
		attributes string
		env        []string
		says       string
	}{
		"the system's authorities do":     {given, nil, "give the authority that signed the server's certificate"},
		"an authority":                    {given + "ca_certificate = " + strconv.Quote(authority), nil, reached},
		"an authority of the environment": {given, []string{"PENSTOCK_CA_CERTIFICATE=" + authority}, reached},
		"an authority in a file":          {given, []string{"PENSTOCK_CACERT=" + file}, reached},
		"a file that is none":             {given, []string{"PENSTOCK_CACERT=" + file + "x"}, "PENSTOCK_CACERT names a file that cannot be read"},
		"an authority that is none":       {given + `ca_certificate = "nonsense"`, nil, "the CA certificate has no certificate in it"},
		"an attribute comes first":        {given + "ca_certificate = " + strconv.Quote(authority), []string{"PENSTOCK_CACERT=" + file + "x"}, reached},
		"no authority asked for":          {given + "insecure_skip_verify = true", nil, reached},
		"all of the environment":          {"", []string{"PENSTOCK_ENDPOINT=" + server.URL, "PENSTOCK_TOKEN=" + w.token, "PENSTOCK_CACERT=" + file}, reached},
		"an endpoint with a path":         {strings.Replace(given, server.URL, server.URL+"/v1", 1), nil, `leave out "/v1"`},
		"an endpoint without a scheme":    {strings.Replace(given, "https://", "", 1), nil, "the endpoint must begin with https:// or http://"},
		"an endpoint of another protocol": {strings.Replace(given, server.URL, strings.Replace(w.url, "http", "https", 1), 1), nil, "Gateway not reached"},
		"an endpoint that is empty":       {strings.Replace(given, server.URL, "", 1), []string{"PENSTOCK_ENDPOINT=" + server.URL}, "endpoint: is required"},
		"a token that is empty":           {strings.Replace(given, w.token, "", 1), []string{"PENSTOCK_TOKEN=" + w.token}, "token: is required"},
		"a token that is none":            {strings.Replace(given, w.token, "not a token sesame", 1), nil, "a space or another character at position 3"},
		"a token of another":              {strings.Replace(given, w.token, "foreign-token-sesame", 1) + "insecure_skip_verify = true", nil, "Gateway refuses the token"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, v := range test.env { // the provider runs in this process
				name, value, _ := strings.Cut(v, "=")
				t.Setenv(name, value)
			}
			tf.write("main.tf", required+"provider \"penstock\" {\n"+test.attributes+"\n}\nimport {\n  to = penstock_upstream.app\n  id = \"app\"\n}\n"+upstream)
			out, ok := tf.try("plan", "-no-color")
			if ok != (test.says == reached) || !strings.Contains(unframed(out), test.says) {
				t.Errorf("it does not say %q:\n%s", test.says, out)
			}
			if strings.Contains(out, w.token) || strings.Contains(out, "sesame") {
				t.Errorf("the token is told:\n%s", out)
			}
		})
	}
}
