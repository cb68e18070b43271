// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
)

// figuresOf are the cells of a row in the published document: by contender,
// and by what the column is.
func figuresOf(t *testing.T, row string) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text2, found := strings.Cut(string(text), "\n### "+row+"\n")
	if !found {
		t.Fatalf("the document has no row %s", row)
	}
	section, _, _ := strings.Cut(text2, "\n### ")
	var head []string
	figures := make(map[string]map[string]string)
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(line, "|\n"), "|")
		switch {
		case len(cells) < 3 || strings.HasPrefix(line, "|---"):
		case head == nil:
			head = cells
		default:
			of := make(map[string]string)
			for i, cell := range cells {
				of[strings.TrimSpace(head[i])] = strings.TrimSpace(cell)
			}
			figures[strings.TrimSpace(cells[0])] = of
		}
	}
	return figures
}

// S0-15: what it costs to tell the protocols apart is measured, on two
// listeners that differ in nothing else, and stated.
func TestTheCostOfTellingProtocolsApartIsStated(t *testing.T) {
	s := &session{options: &options{}, target: &target.Process{}}
	for _, r := range s.rows() {
		if r.name != "http2" {
			continue
		}
		both, one := r.contenders[0], r.contenders[1]
		if len(r.contenders) != 2 || both.work.NoHTTP2 || !one.work.NoHTTP2 {
			t.Fatalf("the row compares %+v", r.contenders)
		}
		one.work.NoHTTP2 = false
		if !reflect.DeepEqual(both.work, one.work) {
			t.Errorf("the listeners differ in more: %+v, %+v", both.work, one.work)
		}
		figures := figuresOf(t, r.name)
		for _, c := range r.contenders {
			if figures[c.proxy.Name]["µs CPU a request"] == "" {
				t.Errorf("nothing is stated of %s: %v", c.proxy.Name, figures)
			}
		}
		return
	}
	t.Error("there is no row http2")
}

// S1-53: throughput is measured beside nginx's with the same work, and both
// are published. Whether it is beaten is for the document to say: a test that
// depends on speed would tell more of the machine.
func TestThroughputIsPublishedBesideNginx(t *testing.T) {
	s := &session{options: &options{}, target: &target.Process{}}
	for _, r := range s.rows() {
		if r.unit == perCall || r.name == "routes" || r.name == "http2" {
			continue
		}
		subject, compared := r.contenders[0], r.contenders[1]
		if subject.proxy != s.penstock || compared.proxy.Name != "nginx" || !reflect.DeepEqual(subject.work, compared.work) {
			t.Errorf("row %s compares %+v with %+v", r.name, subject, compared)
		}
		figures := figuresOf(t, r.name)
		for _, name := range []string{"Penstock", "nginx"} {
			if figures[name][r.unit.many+" a second"] == "" {
				t.Errorf("row %s: no throughput of %s is published: %v", r.name, name, figures)
			}
		}
	}
}
