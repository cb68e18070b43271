// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"crypto/tls"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// S1-68 to S1-71, S1-74: what the guide on TLS does in one file does what it
// does with Terraform, and a renewed certificate is shown once the file has
// been written again.
func TestGuideTLSFile(t *testing.T) {
	text := guide(t, "provider/templates/guides/tls.md")
	frontends, backends := testkit.NewAuthority(t), testkit.NewAuthority(t)
	address := gatewaytest.FreeAddress(t)
	_, ourPort, _ := net.SplitHostPort(address)
	host, port, _ := net.SplitHostPort(startGreeter(t, testkit.ServerTLS(t, backends, "backend.local")))
	here := strings.NewReplacer(`":4443"`, `"`+address+`"`, ":4443", ":"+ourPort, "{host: 10.0.3.7, port: 50051}", "{host: "+host+", port: "+port+"}")
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	configure := func() (serial string) {
		t.Helper()
		certificate, chain, key := frontends.Issue(t, "frontend.local")
		write("frontend.crt", chain)
		write("frontend.key", key)
		script := exec.CommandContext(t.Context(), "sh", "write-config.sh")
		script.Dir = dir
		if out, err := script.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return certificate.Leaf.SerialNumber.String()
	}
	scripts := blocks(text, "sh")
	if len(scripts) != 1 {
		t.Fatalf("%d scripts", len(scripts))
	}
	write("write-config.sh", here.Replace(scripts[0]))
	write("backend-ca.crt", backends.PEM)
	write("frontend-ca.crt", frontends.PEM)
	serial := configure()
	path := filepath.Join(dir, "config.yaml")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the keys: %v, %v", info, err)
	}
	fromFile(t, path)

	client := &tls.Config{RootCAs: frontends.Pool(), ServerName: "frontend.local"}
	answer, shown, err := sayHello(t, dialGRPC(t, address, client))
	if err != nil || answer != "Hello world at backend.local" || shown != serial {
		t.Errorf("%q from certificate %s, %v; want certificate %s", answer, shown, err, serial)
	}
	asks := slices.DeleteFunc(commands(text), func(c command) bool { return !strings.HasPrefix(c.run, "curl ") })
	if len(asks) != 1 {
		t.Errorf("%d commands of curl", len(asks))
	}
	if _, err := exec.LookPath("curl"); err == nil {
		for _, c := range asks {
			c.run = here.Replace(c.run)
			c.check(t, dir)
		}
	}

	serial = configure()
	for deadline := time.Now().Add(20 * time.Second); shown != serial; time.Sleep(10 * time.Millisecond) { // nothing tells that the file was read
		if time.Now().After(deadline) {
			t.Fatal("the renewed certificate is not shown")
		}
		conn := dialGRPC(t, address, client)
		if _, shown, err = sayHello(t, conn); err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
}
