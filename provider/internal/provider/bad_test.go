// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// bad are configurations with one mistake each. Files in validate/ fail when
// Terraform validates, those in plan/ when it plans; none is applied. The
// first lines of a file say what must be said about it, one "# expect: " for
// each error.
const bad = "../../testdata/bad"

func TestAccBadConfigurations(t *testing.T) {
	total := 0
	for _, stage := range []string{"validate", "plan"} {
		t.Run(stage, func(t *testing.T) {
			tf := newTerraform(t)
			w := newWorld(t)
			w.put("upstream", "there", `{"targets":[{"host":"127.0.0.1","port":80}]}`)
			w.put("upstream", "taken", `{}`)
			w.put("route", "there", `{"paths":["/there"],"upstream":"there"}`)
			tf.write("main.tf", required+w.config(""))
			files, err := filepath.Glob(filepath.Join(bad, stage, "*.tf"))
			if err != nil {
				t.Fatal(err)
			}
			total += len(files)
			expected := make(map[string][]string)
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				tf.write(filepath.Base(file), string(text))
				for line := range strings.Lines(string(text)) {
					if fragment, ok := strings.CutPrefix(line, "# expect: "); ok {
						expected[filepath.Base(file)] = append(expected[filepath.Base(file)], strings.TrimSpace(fragment))
					}
				}
				if len(expected[filepath.Base(file)]) == 0 {
					t.Errorf("%s does not say what to expect", file)
				}
			}
			args := []string{"validate", "-json"}
			if stage == "plan" {
				args = []string{"plan", "-json", "-lock=false"}
			}
			output, ok := tf.try(args...)
			if ok {
				t.Fatalf("terraform %s accepted everything", stage)
			}
			said := make(map[string][]string)
			for _, d := range tf.diagnostics(output) {
				if d.Severity == "error" {
					for _, mistake := range mistakes(d.Detail) {
						said[d.Range.Filename] = append(said[d.Range.Filename], d.Summary+": "+mistake)
					}
				}
			}
			for _, file := range files {
				name := filepath.Base(file)
				t.Run(name, func(t *testing.T) { compare(t, expected[name], said[name]) })
				delete(said, name)
			}
			for name, errors := range said {
				t.Errorf("%q: errors that nobody expects: %q", name, errors)
			}
		})
	}
	if total < 100 && !t.Failed() && os.Getenv("TF_ACC") != "" {
		t.Errorf("there are %d bad configurations; there were at least 100", total)
	}
}

// mistakes are what one error tells: those of one attribute are in one, and
// each begins on a line of its own with its path.
func mistakes(detail string) []string {
	var all []string
	for line := range strings.Lines(detail) {
		if len(all) == 0 || beginning.MatchString(line) {
			all = append(all, line)
		} else {
			all[len(all)-1] += line
		}
	}
	return all
}

var beginning = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+|\[[^\]]+\])*: `)

// compare holds that each expectation is met by a mistake of its own, and that
// no other mistake is told.
func compare(t *testing.T, expected, said []string) {
	rest := said
	for _, fragment := range expected {
		found := -1
		for i, s := range rest {
			if strings.Contains(flat(s), fragment) {
				found = i
				break
			}
		}
		if found < 0 {
			t.Errorf("nothing says %q; said was %q", fragment, said)
			continue
		}
		rest = append(rest[:found:found], rest[found+1:]...)
	}
	if len(rest) > 0 && !t.Failed() {
		t.Errorf("errors that nobody expects: %q", rest)
	}
}

// flat undoes the line breaks of Terraform's messages.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }
