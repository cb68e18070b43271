// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// terraform runs the real CLI over examples/quickstart, with everything it
// writes in a directory of its own.
type terraform struct {
	dir         string
	environment []string
	variables   []string
}

// newTerraform tells the CLI, for this run only, to take the provider that
// was just built.
func newTerraform(dir string, g *gateway, u *upstreams) (*terraform, error) {
	bin, err := filepath.Abs("bin")
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob("examples/quickstart/*.tf")
	if err != nil || len(files) == 0 {
		return nil, errors.New("examples/quickstart has no .tf files; run this from the root of the repository")
	}
	t := &terraform{dir: filepath.Join(dir, "terraform")}
	if err := os.Mkdir(t.dir, 0o700); err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(t.dir, filepath.Base(file)), text, 0o600); err != nil {
			return nil, err
		}
	}
	settings := filepath.Join(dir, "terraform.rc")
	override := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"penstock-gateway/penstock\" = %q\n  }\n  direct {}\n}\n", bin)
	if err := os.WriteFile(settings, []byte(override), 0o600); err != nil {
		return nil, err
	}
	t.environment = append(withoutPenstock(os.Environ()),
		"TF_CLI_CONFIG_FILE="+settings, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
		"PENSTOCK_ENDPOINT="+g.endpoint, "PENSTOCK_TOKEN="+g.token)
	t.variables = []string{"-var=listen=" + g.traffic, fmt.Sprintf("-var=http_port=%d", u.httpPort), fmt.Sprintf("-var=grpc_port=%d", u.grpcPort)}
	return t, nil
}

var summary = regexp.MustCompile(`(Apply|Destroy) complete! (Resources: .*)\.`)

func (t *terraform) apply(ctx context.Context, release string) (string, error) {
	out, err := t.run(ctx, release, "apply", "-auto-approve")
	return summaryOf(out), err
}

func (t *terraform) destroy(ctx context.Context, release string) (string, error) {
	out, err := t.run(ctx, release, "destroy", "-auto-approve")
	return summaryOf(out), err
}

// planIsEmpty holds that what was applied is what is there.
func (t *terraform) planIsEmpty(ctx context.Context, release string) (string, error) {
	out, err := t.run(ctx, release, "plan", "-detailed-exitcode")
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 2 {
		return "", fmt.Errorf("the plan is not empty:\n%s", out)
	}
	return "no changes", err
}

func (t *terraform) run(ctx context.Context, release, command string, args ...string) (string, error) {
	args = append(append([]string{command, "-no-color", "-input=false"}, args...), t.variables...)
	cmd := exec.CommandContext(ctx, "terraform", append(args, "-var=release="+release)...)
	cmd.Dir, cmd.Env = t.dir, t.environment
	out, err := cmd.CombinedOutput()
	if _, failed := errors.AsType[*exec.ExitError](err); failed && command != "plan" {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	if err != nil && command != "plan" {
		return "", fmt.Errorf("%w; Terraform 1.11 or later must be on the PATH", err)
	}
	return string(out), err
}

func summaryOf(out string) string {
	if m := summary.FindStringSubmatch(out); m != nil {
		return strings.ToLower(m[2][:1]) + m[2][1:]
	}
	return strings.TrimSpace(out)
}
