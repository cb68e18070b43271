// SPDX-License-Identifier: Apache-2.0

package compress_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin/plugintest"
)

// S3-125, S3-126: 70% and more is saved on text, with every coding at its
// default level. Dense text alone, such as source code, may stay just below.
func TestSavings(t *testing.T) {
	compressor := start(t, `{}`)
	texts := []string{orders(500), table(500), sources(t)}
	for _, coding := range codings {
		before, after := 0, 0
		for _, text := range texts {
			x := plugintest.Exchange("GET", "/", "accept-encoding: "+coding)
			plugintest.Respond(x, 200, text, "content-type: text/plain")
			if err := compressor.OnResponse(x); err != nil {
				t.Fatal(err)
			}
			n := len(plugintest.Body(t, x))
			t.Logf("%s: %d bytes became %d: %.1f%% saved", coding, len(text), n, saved(len(text), n))
			before, after = before+len(text), after+n
		}
		if s := saved(before, after); s < 70 {
			t.Errorf("%s: %.1f%% saved of everything; want 70%%", coding, s)
		}
	}
}

func saved(before, after int) float64 { return 100 * (1 - float64(after)/float64(before)) }

var (
	cities = []string{"Lisbon", "Graz", "Bruges", "Turku", "Aarhus", "Sofia", "Gdansk", "Porto", "Basel", "Cork"}
	goods  = []string{"kettle", "bicycle lamp", "notebook, lined", "rain coat", "garden hose", "reading glasses", "oak shelf", "tea towel"}
	states = []string{"paid", "packed", "sent", "delivered", "returned"}
)

// orders is what a shop's API answers: ids and amounts that cannot be
// guessed, names and states that recur.
func orders(n int) string {
	type line struct {
		Article  string `json:"article"`
		Quantity int    `json:"quantity"`
		Cents    int    `json:"price_cents"`
	}
	type order struct {
		ID      string `json:"id"`
		Created string `json:"created_at"`
		State   string `json:"state"`
		City    string `json:"city"`
		Email   string `json:"email"`
		Lines   []line `json:"lines"`
	}
	random := rand.New(rand.NewPCG(1, 1))
	list := make([]order, n)
	for i := range list {
		o := &list[i]
		o.ID = fmt.Sprintf("%08x-%04x", random.Uint32(), random.Uint32N(1<<16))
		o.Created = fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02dZ", 1+random.IntN(12), 1+random.IntN(28), random.IntN(24), random.IntN(60), random.IntN(60))
		o.State, o.City = states[random.IntN(len(states))], cities[random.IntN(len(cities))]
		o.Email = fmt.Sprintf("customer%d@example.com", random.IntN(10_000))
		for range 1 + random.IntN(3) {
			o.Lines = append(o.Lines, line{goods[random.IntN(len(goods))], 1 + random.IntN(5), 100 + random.IntN(9_900)})
		}
	}
	b, _ := json.Marshal(list)
	return string(b)
}

// table is the same shop's page for people.
func table(n int) string {
	random := rand.New(rand.NewPCG(2, 2))
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html lang=\"en\">\n<head><title>Orders</title></head>\n<body>\n<table class=\"orders\">\n")
	for range n {
		fmt.Fprintf(&b, "<tr class=\"order %s\"><td><a href=\"/orders/%08x\">%s</a></td><td>%s</td><td class=\"amount\">%d.%02d</td></tr>\n",
			states[random.IntN(len(states))], random.Uint32(), goods[random.IntN(len(goods))], cities[random.IntN(len(cities))], random.IntN(100), random.IntN(100))
	}
	b.WriteString("</table>\n</body>\n</html>\n")
	return b.String()
}

// sources is real text: the source of package schema.
func sources(t *testing.T) string {
	files, err := filepath.Glob("../../schema/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no sources:", err)
	}
	var b strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	return b.String()
}
