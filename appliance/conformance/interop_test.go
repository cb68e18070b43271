// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// interopCases are the cases of gRPC's own client that are run.
var interopCases = []string{
	"empty_unary", "large_unary", "client_streaming", "server_streaming", "ping_pong", "empty_stream", "timeout_on_sleeping_server",
	"cancel_after_begin", "cancel_after_first_response", "status_code_and_message", "special_status_message", "custom_metadata",
	"unimplemented_method", "unimplemented_service", "rpc_soak", "channel_soak", "orca_per_rpc", "orca_oob",
}

// notUsable are those that are not, and why.
var notUsable = map[string]string{
	"compute_engine_creds":               "needs the metadata server of Google's cloud",
	"service_account_creds":              "needs an account with Google",
	"jwt_token_creds":                    "needs an account with Google",
	"per_rpc_creds":                      "needs an account with Google",
	"oauth2_auth_token":                  "needs an account with Google",
	"google_default_credentials":         "needs Google's cloud",
	"compute_engine_channel_credentials": "needs Google's cloud",
	"pick_first_unary":                   "needs a server that tells its id, which gRPC's own in Go does not",
}

// caseTimeout is how long a case may take; the client's own limits on time are
// as long, so that no case judges the machine.
const caseTimeout = time.Minute

// runInterop runs gRPC's own client, a process for each case, against a gateway
// in front of gRPC's own server.
func runInterop(t *testing.T, s suite) outcome {
	client := program(t, "PENSTOCK_CONFORMANCE_INTEROP", "client")
	f := front{protocol: "grpc", target: startInteropServer(t)}
	limit := []string{"--soak_overall_timeout_seconds=60", "--soak_per_iteration_max_acceptable_latency_ms=60000"}
	args := append([]string{"--server_host=127.0.0.1"}, limit...)
	if strings.HasSuffix(s.name, "-tls") {
		authority := testkit.NewAuthority(t)
		_, f.chain, f.key = authority.Issue(t, "127.0.0.1")
		ca := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(ca, []byte(authority.PEM), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--use_tls", "--use_test_ca", "--ca_file="+ca)
	}
	g, address, err := f.start(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	o := outcome{cases: len(interopCases), failures: make(map[string]string)}
	for _, name := range interopCases {
		if err := runInteropCase(t.Context(), client, append(args, "--server_port="+port), name); err != "" {
			o.failures[name] = err
		}
	}
	return o
}

// runInteropCase runs one case and returns what was wrong, "" if nothing.
func runInteropCase(ctx context.Context, client string, args []string, name string) string {
	ctx, cancel := context.WithTimeout(ctx, caseTimeout)
	defer cancel()
	args = append(slices.Clone(args), "--test_case="+name)
	if strings.HasPrefix(name, "orca_") { // reports of load go to this policy
		args = append(args, `--service_config_json={"loadBalancingConfig":[{"test_backend_metrics_load_balancer":{}}]}`)
	}
	out, err := exec.CommandContext(ctx, client, args...).CombinedOutput()
	if err != nil {
		return err.Error() + "\n" + string(out)
	}
	return ""
}

// All cases that the client has are run, or it is said why they are not.
func TestConformanceHasEveryInteropCase(t *testing.T) {
	client := program(t, "PENSTOCK_CONFORMANCE_INTEROP", "client")
	help, _ := exec.CommandContext(t.Context(), client, "-help").CombinedOutput() // its exit code says nothing
	listed := regexp.MustCompile(`(?m)^\s+([a-z0-9_]+) ?: `).FindAllSubmatch(help, -1)
	if len(listed) < 20 {
		t.Fatalf("the client lists %d cases:\n%s", len(listed), help)
	}
	for _, c := range listed {
		if name := string(c[1]); !slices.Contains(interopCases, name) && notUsable[name] == "" {
			t.Errorf("%s is neither run nor is it said why not", name)
		}
	}
}

// A case that fails is seen to fail: here nobody listens.
func TestConformanceSeesInteropFail(t *testing.T) {
	client := program(t, "PENSTOCK_CONFORMANCE_INTEROP", "client")
	_, port, err := net.SplitHostPort(testkit.FreeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	if runInteropCase(t.Context(), client, []string{"--server_host=127.0.0.1", "--server_port=" + port}, "empty_unary") == "" {
		t.Error("a call to nobody passed")
	}
}
