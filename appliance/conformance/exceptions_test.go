// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// An exception is a case that is known to fail.
type exception struct{ name, reason string }

// readExceptions reads a list of exceptions. Lines that begin with "#" are
// the reason for the cases below them, one a line, until the next such lines.
func readExceptions(r io.Reader) ([]exception, error) {
	var list []exception
	var reason []string
	more := false // whether the next line may go on with the reason
	seen := make(map[string]bool)
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		text, isReason := strings.CutPrefix(line, "#")
		switch {
		case isReason:
			if !more {
				reason = nil
			}
			reason = append(reason, strings.TrimSpace(text))
		case line == "":
		case reason == nil:
			return nil, fmt.Errorf("line %d: %q has no reason; give one in a line above that begins with #", n, line)
		case seen[line]:
			return nil, fmt.Errorf("line %d: %q is listed already", n, line)
		default:
			seen[line] = true
			list = append(list, exception{line, strings.Join(reason, " ")})
		}
		more = isReason
	}
	return list, lines.Err()
}

// exceptionsOf returns the exceptions of a suite. A suite without a file has
// none.
func exceptionsOf(t *testing.T, suite string) []exception {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "exceptions", suite+".txt"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := readExceptions(f)
	if err != nil {
		t.Fatalf("%s: %v", f.Name(), err)
	}
	return list
}

// differences says, case by case, where an outcome is not what the exceptions
// say.
func differences(o outcome, exceptions []exception) []string {
	listed := make(map[string]bool)
	var found []string
	for _, e := range exceptions {
		listed[e.name] = true
		if _, failed := o.failures[e.name]; !failed {
			found = append(found, fmt.Sprintf("%s: listed as an exception and did not fail; strike it off", e.name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.failures)) {
		if !listed[name] {
			found = append(found, fmt.Sprintf("%s: failed: %s", name, o.failures[name]))
		}
	}
	return found
}

func TestReadExceptions(t *testing.T) {
	got, err := readExceptions(strings.NewReader("# one\n# reason\n\na case\n  another \n\n# two\nthird\n"))
	want := []exception{{"a case", "one reason"}, {"another", "one reason"}, {"third", "two"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	for _, wrong := range []string{"a case\n", "# why\na\na\n"} {
		if got, err := readExceptions(strings.NewReader(wrong)); err == nil {
			t.Errorf("%q was taken for %q", wrong, got)
		}
	}
}

func TestDifferences(t *testing.T) {
	o := outcome{4, map[string]string{"bad": "broken pipe", "known": "as ever"}}
	got := differences(o, []exception{{"known", "why"}, {"mended", "why"}})
	if len(got) != 2 || !strings.HasPrefix(got[0], "mended: ") || got[1] != "bad: failed: broken pipe" {
		t.Errorf("got %q", got)
	}
}
