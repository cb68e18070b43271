// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// address is the provider's in Terraform's configurations.
const address = "registry.terraform.io/penstock-gateway/penstock"

// A terraform runs the real Terraform CLI in a folder of its own, with the
// provider inside the test.
type terraform struct {
	t   *testing.T
	dir string
	env []string
}

func newTerraform(t *testing.T) *terraform {
	t.Helper()
	return newTerraformOf(t, factories["penstock"])
}

// newTerraformOf takes another provider for penstock's.
func newTerraformOf(t *testing.T, factory func() (tfprotov6.ProviderServer, error)) *terraform {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("set TF_ACC=1 to run the tests that need the Terraform CLI")
	}
	ctx, cancel := context.WithCancel(context.Background())
	attach, closed := make(chan *plugin.ReattachConfig), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		server, err := factory()
		if err == nil {
			err = tf6server.Serve(address, func() tfprotov6.ProviderServer { return server },
				tf6server.WithDebug(ctx, attach, closed), tf6server.WithGoPluginLogger(hclog.NewNullLogger()), tf6server.WithLoggingSink(t))
		}
		failed <- err
	}()
	var at *plugin.ReattachConfig
	select {
	case at = <-attach:
	case err := <-failed:
		t.Fatalf("serve the provider: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		<-closed
	})
	reattach, err := json.Marshal(map[string]any{address: map[string]any{
		"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.Getpid(), "Test": true,
		"Addr": map[string]string{"Network": at.Addr.Network(), "String": at.Addr.String()},
	}})
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	config := filepath.Join(home, "terraformrc") // nothing of the user's own
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return &terraform{t: t, dir: t.TempDir(), env: append(os.Environ(),
		"TF_REATTACH_PROVIDERS="+string(reattach), "TF_CLI_CONFIG_FILE="+config,
		"TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1", "HOME="+home)}
}

// write puts a file into the folder.
func (tf *terraform) write(name, text string) {
	tf.t.Helper()
	if err := os.WriteFile(filepath.Join(tf.dir, name), []byte(text), 0o600); err != nil {
		tf.t.Fatal(err)
	}
}

// required is what every configuration begins with.
const required = "terraform {\n  required_providers {\n    penstock = {\n      source = \"penstock-gateway/penstock\"\n    }\n  }\n}\n"

// try runs a command and returns what it said and whether it succeeded.
func (tf *terraform) try(args ...string) (output string, ok bool) {
	tf.t.Helper()
	name := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if name == "" {
		name = "terraform"
	}
	var out bytes.Buffer
	c := exec.Command(name, args...)
	c.Dir, c.Env, c.Stdout, c.Stderr = tf.dir, tf.env, io.Writer(&out), &out
	err := c.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited { //nolint:errorlint // exec returns it as it is
		tf.t.Fatalf("run terraform: %v", err)
	}
	return out.String(), err == nil
}

// run runs a command that must succeed.
func (tf *terraform) run(args ...string) string {
	tf.t.Helper()
	out, ok := tf.try(args...)
	if !ok {
		tf.t.Fatalf("terraform %s:\n%s", strings.Join(args, " "), out)
	}
	return out
}

// A diagnostic is one of Terraform's, in its JSON output.
type diagnostic struct {
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
	Detail   string `json:"detail"`
	Range    struct {
		Filename string `json:"filename"`
	} `json:"range"`
}

// diagnostics reads those of `validate -json`, one document, and of `plan
// -json`, one on each line.
func (tf *terraform) diagnostics(output string) []diagnostic {
	tf.t.Helper()
	var found []diagnostic
	d := json.NewDecoder(strings.NewReader(output))
	for d.More() {
		var line struct {
			Diagnostic  *diagnostic  `json:"diagnostic"`
			Diagnostics []diagnostic `json:"diagnostics"`
		}
		if err := d.Decode(&line); err != nil {
			tf.t.Fatalf("%v in\n%s", err, output)
		}
		found = append(found, line.Diagnostics...)
		if line.Diagnostic != nil {
			found = append(found, *line.Diagnostic)
		}
	}
	return found
}
