// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/gateway"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// guide reads a guide as it is written, or another page.
func guide(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks are the fenced blocks of a language.
func blocks(text, language string) (all []string) {
	for _, block := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(text, -1) {
		all = append(all, block[1])
	}
	return all
}

// A command is one of a guide's, and what the guide says that it prints.
type command struct{ run, prints string }

// commands are those of the guide's console blocks.
func commands(text string) (all []command) {
	for _, block := range blocks(text, "console") {
		var c *command
		here := "" // the end of what is written into a file, such as PROTO
		goesOn := false
		for line := range strings.Lines(block) {
			run, begins := strings.CutPrefix(line, "$ ")
			switch {
			case begins && here == "":
				all = append(all, command{run: run})
				c = &all[len(all)-1]
				if _, end, found := strings.Cut(run, "<<'"); found {
					here, _, _ = strings.Cut(end, "'")
				}
				goesOn = strings.HasSuffix(run, "\\\n")
			case here != "":
				if c.run += line; line == here+"\n" {
					here = ""
				}
			case goesOn:
				c.run += line
				goesOn = strings.HasSuffix(line, "\\\n")
			default:
				c.prints += line
			}
		}
	}
	return all
}

// check runs a command of a guide in a directory and compares what it prints.
// Names of fields are compared without regard to case, as HTTP compares them.
func (c *command) check(t *testing.T, dir string) {
	t.Helper()
	shell := exec.CommandContext(t.Context(), "sh", "-c", c.run)
	shell.Dir = dir
	out, err := shell.Output()
	printed := strings.ReplaceAll(string(out), "\r", "")
	trim := regexp.MustCompile(`(?m) +$`) // HTTP/2 has no reason phrase, and curl a blank in its place
	if printed = trim.ReplaceAllString(printed, ""); !strings.EqualFold(printed, c.prints) {
		t.Errorf("%sprints %q, the guide says %q (%v)", c.run, printed, c.prints, err)
	}
}

// fromFile starts a gateway as penstock run -f does, and waits until it is
// ready.
func fromFile(t *testing.T, path string) {
	t.Helper()
	if err := gateway.CheckFile(path); err != nil {
		t.Fatal(err)
	}
	g := gatewaytest.Start(t, func(c *gateway.Config) { c.File = path })
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) { // as a load balancer asks
		response, err := http.Get("http://" + g.OperationsAddress() + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("/readyz: %s", response.Status)
		}
	}
}

// S1-45, S1-60, S1-74: what the guide on protocols says is what its commands
// print, with the guide's configuration in one file.
func TestGuideProtocols(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	text := guide(t, "provider/templates/guides/protocols.md")
	web, address := testkit.HTTP(t, nil, testkit.EchoHTTP), gatewaytest.FreeAddress(t)
	sockets := testkit.HTTP(t, nil, testkit.EchoWebSocket)
	target := func(address string) string {
		host, port, _ := strings.Cut(address, ":")
		return "{host: " + host + ", port: " + port + "}"
	}
	here := strings.NewReplacer("127.0.0.1:8088", address, "{host: 127.0.0.1, port: 9000}", target(web),
		"{host: 127.0.0.1, port: 50051}", target(testkit.GRPC(t)), "{host: 127.0.0.1, port: 9001}", target(sockets))
	config := blocks(text, "yaml")
	if len(config) != 1 {
		t.Fatalf("%d configurations", len(config))
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte(here.Replace(config[0])), 0o600); err != nil {
		t.Fatal(err)
	}
	fromFile(t, path)
	asked := 0
	for _, c := range commands(text) {
		program, _, _ := strings.Cut(c.run, " ")
		switch program {
		case "python3", "go", "websocat", "bin/penstock": // what the test has in their place runs already
			continue
		case "grpcurl":
			if _, err := exec.LookPath(program); err != nil {
				t.Log("grpcurl is not installed: its command is left out")
				continue
			}
		}
		asked++
		c.run = here.Replace(c.run)
		c.check(t, dir)
	}
	if asked < 5 {
		t.Errorf("only %d commands were found", asked)
	}
}

// S2-03 to S2-09: what is refused is refused as docs/http.md shows it.
func TestGuideRefusals(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	address := gatewaytest.FreeAddress(t)
	gatewaytest.Start(t, func(c *gateway.Config) { c.DefaultListener = address })
	all := commands(guide(t, "docs/http.md"))
	if len(all) != 3 {
		t.Errorf("%d commands", len(all))
	}
	for _, c := range all {
		c.run = strings.ReplaceAll(c.run, "127.0.0.1:8080", address)
		c.check(t, t.TempDir())
	}
}
