// SPDX-License-Identifier: Apache-2.0

package plugins_test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin/plugintest"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema/schematest"
)

// least is the least that a plugin must be told, where that is anything.
var least = map[string]string{
	"rate_limit": `{"count": 1}`,
}

func settings(name string) string {
	if s, ok := least[name]; ok {
		return s
	}
	return `{}`
}

// Every plugin is one folder of its name, and every folder is on the list.
func TestFolders(t *testing.T) {
	var listed []string
	for _, spec := range plugins.All().Specs() {
		listed = append(listed, spec.Name)
		readme, err := os.ReadFile(filepath.Join(spec.Name, "README.md"))
		if err != nil || string(readme) != spec.Readme {
			t.Errorf("%s: the documentation is not that of the folder of the same name: %v", spec.Name, err)
		}
		for _, file := range []string{spec.Name + ".go", spec.Name + "_test.go"} {
			if _, err := os.Stat(filepath.Join(spec.Name, file)); err != nil {
				t.Errorf("%s: %v", spec.Name, err)
			}
		}
	}
	files, err := filepath.Glob("*/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		files[i] = filepath.Dir(files[i])
	}
	slices.Sort(listed)
	if !slices.Equal(files, listed) {
		t.Errorf("folders: %v; list: %v", files, listed)
	}
}

// Every declaration keeps the laws, and has no secrets: plugins are shown to
// everyone who reads a configuration.
func TestDeclarations(t *testing.T) {
	for _, spec := range plugins.All().Specs() {
		schematest.Laws(t, spec.Name, spec.Type)
		if spec.Type.Secrets() {
			t.Errorf("%s: a plugin's settings hold no secret; refer to an object that does", spec.Name)
		}
	}
}

// Every plugin's documentation begins with its name and a summary, shows an
// example, and tells of gRPC and WebSocket.
func TestDocumentation(t *testing.T) {
	for _, spec := range plugins.All().Specs() {
		t.Run(spec.Name, func(t *testing.T) {
			paragraphs := strings.SplitN(spec.Readme, "\n\n", 3)
			if paragraphs[0] != "# "+spec.Name {
				t.Errorf("begins with %q; want the name as its title", paragraphs[0])
			}
			if s := spec.Summary(); s != strings.ReplaceAll(paragraphs[1], "\n", " ") || !strings.HasSuffix(s, ".") || len(s) > 200 {
				t.Errorf("the summary is the first paragraph, a sentence of up to 200 characters; is %q", s)
			}
			example := regexp.MustCompile("(?s)\n## Example\n.*?```terraform\n.*?plugins = {\n +" + spec.Name + " = {.*?\n```\n")
			if !example.MatchString(spec.Readme) {
				t.Error("has no example in Terraform's syntax")
			}
			for _, heading := range []string{"## What it does", "## gRPC and WebSocket", "## Together with other plugins"} {
				if !strings.Contains(spec.Readme, "\n"+heading+"\n") {
					t.Errorf("lacks %q", heading)
				}
			}
		})
	}
}

// Every runtime takes part in at least one phase, and two of them can be
// built and closed side by side.
func TestRuntimes(t *testing.T) {
	for _, spec := range plugins.All().Specs() {
		env := plugintest.NewEnv(t)
		for range 2 {
			if n := phases(plugintest.Start[any](t, env, spec, settings(spec.Name))); n == 0 {
				t.Errorf("%s: the runtime has no phase", spec.Name)
			}
		}
	}
}

func phases(runtime any) (n int) {
	_, request := runtime.(plugin.RequestPhase)
	_, response := runtime.(plugin.ResponsePhase)
	_, transport := runtime.(plugin.TransportPhase)
	_, done := runtime.(plugin.DonePhase)
	for _, has := range []bool{request, response, transport, done} {
		if has {
			n++
		}
	}
	return n
}

// FuzzSettings holds that any document is either refused or runs: decoding and
// building never panic, and a runtime survives an exchange.
func FuzzSettings(f *testing.F) {
	catalogue := plugins.All()
	for _, spec := range catalogue.Specs() {
		f.Add(spec.Name, []byte(settings(spec.Name)))
		defaults, err := json.Marshal(spec.Type.New())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(spec.Name, defaults)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, name string, document []byte) {
		spec := catalogue.Spec(name)
		if spec == nil {
			return
		}
		if _, err := spec.Decode(document); err != nil {
			return
		}
		runtime, err := spec.New(inside(t, spec, dir, document), &plugintest.NewEnv(t).Env)
		if err != nil {
			t.Fatalf("%s accepts %s and does not run: %v", name, document, err)
		}
		run(t, runtime)
		if c, ok := runtime.(io.Closer); ok {
			if err := c.Close(); err != nil {
				t.Errorf("%s with %s: close: %v", name, document, err)
			}
		}
	})
}

// inside moves the file that a plugin writes into a directory of the test's.
func inside(t *testing.T, spec *plugin.Spec, dir string, document []byte) []byte {
	if spec.Type.Field("path") == nil {
		return document
	}
	var object map[string]any
	if err := json.Unmarshal(document, &object); err != nil {
		t.Fatal(err)
	}
	object["path"] = filepath.Join(dir, "file")
	moved, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return moved
}

// run takes an exchange through all phases.
func run(t *testing.T, runtime any) {
	x := plugintest.Exchange("GET", "/a?b", "accept-encoding: gzip", "x-api-key: c", "cookie: d=e")
	if p, ok := runtime.(plugin.RequestPhase); ok {
		if err := p.OnRequest(x); err != nil {
			t.Errorf("request: %v", err)
		}
	}
	if x.Response == nil {
		plugintest.Respond(x, 200, strings.Repeat("body ", 1000), "content-type: text/plain")
	}
	if p, ok := runtime.(plugin.ResponsePhase); ok {
		if err := p.OnResponse(x); err != nil {
			t.Errorf("response: %v", err)
		}
	}
	if _, err := io.Copy(io.Discard, x.Response.Body); err != nil {
		t.Errorf("body: %v", err)
	}
	x.Response.Body.Close()
	if p, ok := runtime.(plugin.DonePhase); ok {
		p.OnDone(x)
	}
}
