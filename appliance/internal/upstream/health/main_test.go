// SPDX-License-Identifier: Apache-2.0

package health_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

// targetVariable makes the test's program a target, so that what checks cost is
// not mixed with what targets cost.
const targetVariable = "PENSTOCK_HEALTH_TARGET"

func TestMain(m *testing.M) {
	if os.Getenv(targetVariable) != "" {
		serveTarget()
		return
	}
	leaktest.Main(m)
}

// serveTarget answers every request until its standard input ends.
func serveTarget() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(listener.Addr())
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") }))
	io.Copy(io.Discard, os.Stdin)
}
