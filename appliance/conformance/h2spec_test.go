// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// runH2Spec runs h2spec against a gateway in front of an HTTP upstream.
func runH2Spec(t *testing.T, s suite) outcome {
	h2spec := program(t, "PENSTOCK_CONFORMANCE_H2SPEC", "h2spec")
	f := front{protocol: "http", target: testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "some bytes for flow control\n")
	})}
	report := filepath.Join(t.TempDir(), "h2spec.xml")
	args := []string{"--junit-report", report}
	if strings.HasSuffix(s.name, "-tls") {
		_, f.chain, f.key = testkit.NewAuthority(t).Issue(t, "127.0.0.1")
		args = append(args, "--tls", "--insecure")
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
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	// It fails where a case fails, so it is judged by its report.
	out, err := exec.CommandContext(ctx, h2spec, append(args, "--host", host, "--port", port)...).CombinedOutput()
	text, readErr := os.ReadFile(report)
	if readErr != nil {
		t.Fatalf("%v, %v\n%s", err, readErr, out)
	}
	o, err := readJUnit(text)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// readJUnit reads h2spec's report. The name of a case is the section that it
// is from and what it does.
func readJUnit(text []byte) (outcome, error) {
	type message struct {
		Text string `xml:",chardata"`
	}
	var report struct {
		Cases []struct {
			Section string   `xml:"package,attr"`
			Name    string   `xml:"classname,attr"`
			Failure *message `xml:"failure"`
			Error   *message `xml:"error"`
			Skipped *message `xml:"skipped"`
		} `xml:"testsuite>testcase"`
	}
	o := outcome{failures: make(map[string]string)}
	if err := xml.Unmarshal(text, &report); err != nil {
		return o, fmt.Errorf("h2spec's report: %w", err)
	}
	for _, c := range report.Cases {
		o.cases++
		for what, m := range map[string]*message{"failure": c.Failure, "error": c.Error, "skipped": c.Skipped} {
			if m != nil {
				o.failures[c.Section+" "+c.Name] = what + ": " + m.Text
			}
		}
	}
	if o.cases == 0 {
		return o, fmt.Errorf("h2spec's report has no case: %.200s", text)
	}
	return o, nil
}

func TestReadJUnit(t *testing.T) {
	o, err := readJUnit([]byte(`<testsuites><testsuite name="6"><testcase package="http2/6" classname="Sends it"></testcase>` +
		`<testcase package="http2/6" classname="Sends &#34;that&#34;"><failure>GOAWAY</failure></testcase></testsuite>` +
		`<testsuite name="7"><testcase package="http2/7" classname="Sends it"><skipped></skipped></testcase></testsuite></testsuites>`))
	want := map[string]string{`http2/6 Sends "that"`: "failure: GOAWAY", "http2/7 Sends it": "skipped: "}
	if err != nil || o.cases != 3 || !maps.Equal(o.failures, want) {
		t.Errorf("got %+v, %v", o, err)
	}
	for _, wrong := range []string{"", "<testsuites></testsuites>", "<testsuites>"} {
		if o, err := readJUnit([]byte(wrong)); err == nil {
			t.Errorf("%q was taken for %+v", wrong, o)
		}
	}
}
