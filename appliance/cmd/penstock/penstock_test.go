// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"penstock": main})
}

// TestCommand runs the scripts in testdata/script: S1-29 the command line,
// S1-55 one binary, S1-74 one file.
func TestCommand(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_STATE_HOME", e.Getenv("WORK"))
			for _, name := range []string{"TRAFFIC", "ADMIN", "OPERATIONS"} {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					return err
				}
				defer l.Close()
				e.Setenv(name, l.Addr().String())
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"get": get, "terminate": terminate},
	})
}

// get waits until a URL answers with a status: get 200 http://... With a
// regular expression it waits until the body matches, too.
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: get STATUS URL [REGEXP]")
	}
	pattern := regexp.MustCompile(strings.Join(args[2:], " "))
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	last := ""
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		response, err := http.Get(args[1])
		if err != nil {
			last = err.Error()
			continue
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		ts.Check(err)
		if last = fmt.Sprintf("%s %s", response.Status, body); response.StatusCode == want && pattern.Match(body) {
			return
		}
	}
	ts.Fatalf("%s: %s", args[1], last)
}

// terminate tells what runs in the background to end, as a system does.
func terminate(ts *testscript.TestScript, _ bool, _ []string) {
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(syscall.SIGTERM))
	}
}

// Only an address that other machines can reach is worth a warning.
func TestExposed(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:9180": false, "127.8.0.1:9180": false, "[::1]:9180": false, "[::ffff:127.0.0.1]:9180": false,
		"[::]:9180": true, "0.0.0.0:9180": true, "10.0.0.1:9180": true, "[2001:db8::1]:9180": true, "localhost:9180": true,
	} {
		if got := exposed(address); got != want {
			t.Errorf("%s: %t", address, got)
		}
	}
}

func TestEnvironmentNames(t *testing.T) {
	cmd := runCommand()
	set := map[string]string{"PENSTOCK_DATA_DIR": "/d", "PENSTOCK_ETCD": "a,b", "PENSTOCK_GRACE": "5s", "PENSTOCK_PORT": "tcp://10.0.0.1:80", "PENSTOCK_CLUSTER": "environment"}
	if err := cmd.Flags().Parse([]string{"--cluster", "flag"}); err != nil {
		t.Fatal(err)
	}
	if err := fromEnvironment(cmd.Flags(), func(name string) (string, bool) { v, ok := set[name]; return v, ok }); err != nil {
		t.Fatal(err)
	}
	for flag, want := range map[string]string{"data-dir": "/d", "etcd": "[a,b]", "grace": "5s", "cluster": "flag"} {
		if got := cmd.Flags().Lookup(flag).Value.String(); got != want {
			t.Errorf("--%s is %s, want %s", flag, got, want)
		}
	}
	set["PENSTOCK_GRACE"] = "long"
	cmd = runCommand()
	err := fromEnvironment(cmd.Flags(), func(name string) (string, bool) { v, ok := set[name]; return v, ok })
	if err == nil || !strings.Contains(err.Error(), "PENSTOCK_GRACE") {
		t.Errorf("got %v", err)
	}
}
