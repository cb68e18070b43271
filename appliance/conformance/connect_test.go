// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// runConnect runs the Connect suite with this program as the server that it
// judges: a gateway in front of one of the suite's own servers.
func runConnect(t *testing.T, s suite) outcome {
	runner := program(t, "PENSTOCK_CONFORMANCE_CONNECT", "connectconformance")
	target := program(t, "PENSTOCK_CONFORMANCE_CONNECT", s.target)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, runner, "--mode", "server",
		"--conf", filepath.Join("testdata", "connect", s.name+".yaml"), "--", self)
	command.Env = append(os.Environ(), serveEnv+"="+target)
	var out, complaints bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaints
	runErr := command.Run() // fails where a case fails, so what it prints is judged
	o, err := readConnectReport(out.String())
	if err != nil {
		t.Fatalf("%v, %v\n%s\n%s", runErr, err, out.String(), complaints.String())
	}
	if complaints.Len() > 0 { // of this program, such as the race detector's, or the suite's server
		t.Errorf("standard error: %s", complaints.String())
	}
	return o
}

var (
	connectFigures = regexp.MustCompile(`(?m)^Total cases: (\d+)\n(\d+) passed, (\d+) failed$`)
	connectFailed  = regexp.MustCompile(`^FAILED: (.*):$`)
)

// readConnectReport reads what the runner prints: the cases that failed, each
// with lines that say why, then how many there were.
func readConnectReport(text string) (outcome, error) {
	o := outcome{failures: make(map[string]string)}
	at := connectFigures.FindStringSubmatchIndex(text)
	if at == nil {
		return o, errors.New("the suite printed no figures")
	}
	if strings.Contains(text[at[1]:], "could not be run") {
		return o, fmt.Errorf("the suite did not run to its end:%s", text[at[1]:])
	}
	name := ""
	for line := range strings.Lines(text[:at[0]]) {
		line = strings.TrimSpace(line)
		if m := connectFailed.FindStringSubmatch(line); m != nil {
			name = m[1]
			o.failures[name] = ""
		} else if name != "" && line != "" {
			o.failures[name] += "\n" + line
		}
	}
	figures := make([]int, 3)
	for i := range figures {
		n, err := strconv.Atoi(text[at[2+2*i]:at[3+2*i]])
		if err != nil {
			return o, err
		}
		figures[i] = n
	}
	o.cases = figures[0]
	if figures[2] != len(o.failures) || figures[1] != o.cases-len(o.failures) {
		return o, fmt.Errorf("the suite named %d failures and counted %d passed and %d failed of %d", len(o.failures), figures[1], figures[2], figures[0])
	}
	return o, nil
}

func TestReadConnectReport(t *testing.T) {
	o, err := readConnectReport("FAILED: Basic/unary: x/y:\n\texpected: this\n\tgot that\nFAILED: Errors/z:\n\tnothing\n\nTotal cases: 12\n10 passed, 2 failed\n")
	want := map[string]string{"Basic/unary: x/y": "\nexpected: this\ngot that", "Errors/z": "\nnothing"}
	if err != nil || o.cases != 12 || !maps.Equal(o.failures, want) {
		t.Errorf("got %+v, %v", o, err)
	}
	for _, wrong := range []string{
		"", "Total cases: 3\n1 passed, 1 failed\n", "Total cases: 3\n2 passed, 1 failed\n",
		"Total cases: 3\n3 passed, 0 failed\nAnother 2 could not be run due to client timing out or exiting prematurely.\n",
	} {
		if o, err := readConnectReport(wrong); err == nil {
			t.Errorf("%q was taken for %+v", wrong, o)
		}
	}
}
