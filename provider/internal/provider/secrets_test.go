// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// No secret gets into the state, into plan files or their parts, into what
// Terraform prints, or into its logs at the highest level, the provider's
// among them. The provider is the real binary here.
func TestAccNoSecrets(t *testing.T) {
	tf := newTerraform(t)
	w := newWorld(t)
	tf.useBinary()
	_, chain, key := testkit.NewAuthority(t).Issue(t, "example.com")
	log := filepath.Join(t.TempDir(), "log")
	logging := append(tf.env, "TF_LOG=TRACE", "TF_LOG_PATH="+log, "TF_VAR_chain="+chain)
	given := func(secret, version string, more ...string) {
		tf.env = append(logging[:len(logging):len(logging)], append(more, "TF_VAR_key="+key, "TF_VAR_secret="+secret, "TF_VAR_version_of_secrets="+version)...)
	}
	tf.write("main.tf", required+w.whole())
	var printed strings.Builder
	run := func(args ...string) {
		t.Helper()
		out, ok := tf.try(args...)
		printed.WriteString(out)
		if !ok {
			t.Fatalf("terraform %v:\n%s", args, out)
		}
	}
	given(firstSecret, "1")
	run("plan", "-out=first.tfplan")
	run("apply", "first.tfplan")
	given(secondSecret, "2")
	run("plan", "-out=second.tfplan")
	run("show", "-json", "second.tfplan")
	run("apply", "second.tfplan")
	run("plan", "-detailed-exitcode")
	// A secret that is refused is not shown either.
	given("short-4711", "3")
	if out, ok := tf.try("plan"); ok || !strings.Contains(flat(out), "secret_wo: must have between 16 and 512 characters") {
		t.Errorf("a short secret:\n%s", out)
	} else {
		printed.WriteString(out)
	}
	given(" white space around 4711 ", "3")
	if out, ok := tf.try("plan"); ok || !strings.Contains(flat(out), "secret_wo: must not begin or end with white space") {
		t.Errorf("a secret with white space:\n%s", out)
	} else {
		printed.WriteString(out)
	}

	tf.write("printed", printed.String())
	logged, err := os.ReadFile(log)
	if err != nil || !bytes.Contains(logged, []byte("tf_resource_type=penstock_credential")) {
		t.Fatalf("the log has nothing of the provider: %v", err)
	}
	tf.write("log", string(logged))
	secrets := []string{firstSecret, secondSecret, "short-4711", "white space around 4711", keyBytes(key)}
	searched := search(t, tf.dir, secrets)
	for _, name := range []string{"terraform.tfstate", "first.tfplan", "second.tfplan", "log", "printed"} {
		if !searched[name] {
			t.Errorf("%s was not searched", name)
		}
	}
}

// keyBytes is a line of a PEM key that no other PEM has.
func keyBytes(key string) string { return strings.Split(key, "\n")[2][:20] }

// search looks for secrets in every file of a folder, and in every file that
// is packed in one.
func search(t *testing.T, dir string, secrets []string) map[string]bool {
	t.Helper()
	searched := make(map[string]bool)
	look := func(name string, content []byte) {
		searched[filepath.Base(name)] = true
		for _, secret := range secrets {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s has the secret %.5s...", name, secret)
			}
		}
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		look(path, content)
		packed, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return nil //nolint:nilerr // not an archive
		}
		for _, f := range packed.File {
			r, err := f.Open()
			if err != nil {
				return err
			}
			inside, err := io.ReadAll(r)
			if err != nil {
				return err
			}
			look(path+"!"+f.Name, inside)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return searched
}

// useBinary makes Terraform start the provider's binary instead of speaking to
// the one inside the test.
func (tf *terraform) useBinary() {
	tf.t.Helper()
	bin := tf.t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "terraform-provider-penstock"), "../..")
	if out, err := build.CombinedOutput(); err != nil {
		tf.t.Fatalf("build the provider: %v\n%s", err, out)
	}
	var env []string
	for _, v := range tf.env {
		if file, ok := strings.CutPrefix(v, "TF_CLI_CONFIG_FILE="); ok {
			text := "provider_installation {\n  dev_overrides {\n    \"penstock-gateway/penstock\" = \"" + bin + "\"\n  }\n  direct {}\n}\n"
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				tf.t.Fatal(err)
			}
		}
		if !strings.HasPrefix(v, "TF_REATTACH_PROVIDERS=") {
			env = append(env, v)
		}
	}
	tf.env = env
}
