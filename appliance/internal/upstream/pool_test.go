// SPDX-License-Identifier: Apache-2.0

package upstream_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// anyone is a request that is like any other.
var anyone = &upstream.Selection{Request: &message.Request{}}

const patience = 20 * time.Second

// weighted returns an upstream of targets that nothing listens on.
func weighted(weights ...int) *api.Upstream {
	u := spec(api.ProtocolHTTP)
	for i, w := range weights {
		u.Targets = append(u.Targets, api.Target{Host: fmt.Sprintf("10.0.%d.%d", i/256, i%256), Port: 80, Weight: &w})
	}
	return u
}

func spec(protocol string, addresses ...string) *api.Upstream {
	u := &api.Upstream{Meta: api.Meta{ID: "u"}, Protocol: protocol, MaxIdle: 100,
		ConnectTimeout: schema.Duration(patience), IdleTimeout: schema.Duration(time.Minute)}
	for _, a := range addresses {
		host, port, _ := net.SplitHostPort(a)
		number, _ := strconv.Atoi(port)
		u.Targets = append(u.Targets, api.Target{Host: host, Port: number})
	}
	return u
}

func newPool(t testing.TB, u *api.Upstream, previous *upstream.Pool) *upstream.Pool {
	t.Helper()
	p, err := upstream.New(u, previous, upstream.Env{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// picks counts how often each target is picked.
func picks(t testing.TB, p *upstream.Pool, n int, exclude ...*upstream.Target) map[*upstream.Target]int {
	t.Helper()
	counts := make(map[*upstream.Target]int)
	for range n {
		target, err := p.Pick(anyone, exclude)
		if err != nil {
			t.Fatal(err)
		}
		counts[target]++
	}
	return counts
}

func repeat(n int, weight func(i int) int) []int {
	weights := make([]int, n)
	for i := range weights {
		weights[i] = weight(i)
	}
	return weights
}

var distributions = map[string][]int{
	"one":          {7},
	"equal":        {1, 1, 1},
	"canary":       {95, 5},
	"switched off": {1, 0, 3},
	"large primes": {9973, 9967, 7, 1},
	"large":        {10000, 1, 9999},
	"many equal":   repeat(1000, func(int) int { return 10 }),
	"many mixed":   repeat(997, func(i int) int { return i*37%10000 + 1 }),
}

// Shares are within 1 point of the weights over 100,000 picks.
func TestDistribution(t *testing.T) {
	const n = 100_000
	for name, weights := range distributions {
		p, sum := newPool(t, weighted(weights...), nil), 0
		for _, w := range weights {
			sum += w
		}
		counts := picks(t, p, n)
		for i, target := range p.Targets() {
			want := float64(weights[i]) / float64(sum)
			if got := float64(counts[target]) / n; math.Abs(got-want) > 0.01 || weights[i] == 0 && got > 0 {
				t.Errorf("%s: target %d of weight %d got %.4f, want %.4f", name, i, weights[i], got, want)
			}
		}
	}
}

// A cycle gives every target exactly its weight, by many pickers at once, too.
func TestExactOverACycle(t *testing.T) {
	weights := []int{5, 1, 1, 9, 0}
	p := newPool(t, weighted(weights...), nil)
	var mu sync.Mutex
	counts := make(map[*upstream.Target]int)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			mine := picks(t, p, 16*10) // the weights add up to 16
			mu.Lock()
			defer mu.Unlock()
			for target, n := range mine {
				counts[target] += n
			}
		})
	}
	all.Wait()
	for i, target := range p.Targets() {
		if counts[target] != weights[i]*80 {
			t.Errorf("target %d of weight %d was picked %d times in 80 cycles", i, weights[i], counts[target])
		}
	}
}

// Turns are spread: no window of the cycle holds many more than its share.
func TestSmooth(t *testing.T) {
	for name, weights := range distributions {
		p, sum := newPool(t, weighted(weights...), nil), 0
		for _, w := range weights {
			sum += w
		}
		const n = 2000
		var order []*upstream.Target
		for range n {
			target, _ := p.Pick(anyone, nil)
			order = append(order, target)
		}
		for i, target := range p.Targets() {
			share, got := float64(weights[i])/float64(sum), 0.0
			for at, picked := range order {
				if picked == target {
					got++
				}
				if ahead := got - share*float64(at+1); math.Abs(ahead) > 5 {
					t.Errorf("%s: target %d of share %.4f is %.1f turns off after %d picks", name, i, share, ahead, at+1)
					break
				}
			}
		}
	}
	// Equal targets take turns.
	p := newPool(t, weighted(1, 1), nil)
	previous, _ := p.Pick(anyone, nil)
	for range 10 {
		next, _ := p.Pick(anyone, nil)
		if next == previous {
			t.Error("the same of two equal targets twice in a row")
		}
		previous = next
	}
}

func TestExclude(t *testing.T) {
	p := newPool(t, weighted(1, 2, 6, 0), nil)
	targets := p.Targets()
	counts := picks(t, p, 9000, targets[2])
	if n := counts[targets[0]]; n < 2900 || n > 3100 || counts[targets[1]] != 9000-n {
		t.Errorf("without the third: %d and %d of 9000, want 3000 and 6000", n, counts[targets[1]])
	}
	if _, err := p.Pick(anyone, targets[:3]); !errors.Is(err, upstream.ErrNoTarget) || !strings.Contains(err.Error(), `"u"`) {
		t.Errorf("all excluded: %v", err)
	}
	for _, u := range []*api.Upstream{weighted(), weighted(0)} {
		if _, err := newPool(t, u, nil).Pick(anyone, nil); !errors.Is(err, upstream.ErrNoTarget) {
			t.Errorf("%d targets: %v", len(u.Targets), err)
		}
	}
}

// send makes one exchange through whatever target the pool picks.
func send(t testing.TB, p *upstream.Pool, path string) (string, error) {
	target, err := p.Pick(anyone, nil)
	if err != nil {
		return "", err
	}
	var response message.Response
	err = target.RoundTrip(t.Context(), &message.Request{Proto: message.HTTP11, Method: "POST", Host: "a.test", Path: path,
		Body: io.NopCloser(strings.NewReader("x")), ContentLength: -1}, &response, nil)
	if err != nil {
		return "", err
	}
	if response.Body == nil {
		return "", nil
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

// Targets that stay keep connections and counters; other settings make new ones.
func TestReplacement(t *testing.T) {
	a, b := testkit.HTTP(t, nil, testkit.EchoHTTP), testkit.HTTP(t, nil, testkit.EchoHTTP)
	first := newPool(t, spec(api.ProtocolHTTP, a), nil)
	if _, err := send(t, first, "/"); err != nil {
		t.Fatal(err)
	}
	heavier := spec(api.ProtocolHTTP, b, a)
	weight := 50
	heavier.Targets[1].Weight = &weight
	second := newPool(t, heavier, first)
	first.Close()
	if s := second.Targets()[1].Stats(); s.Requests != 1 || s.Connections != 1 || *second.Targets()[1].Spec.Weight != 50 {
		t.Errorf("the target that stayed: %+v", s)
	}
	if s := second.Targets()[0].Stats(); s.Requests != 0 {
		t.Errorf("the new target: %+v", s)
	}
	kept := second.Targets()[1]
	slower := spec(api.ProtocolHTTP, a)
	slower.ConnectTimeout++
	third := newPool(t, slower, second)
	if s := third.Targets()[0].Stats(); s.Requests != 0 {
		t.Errorf("another timeout: %+v", s)
	}
	second.Close()
	for end := time.Now().Add(patience); kept.Stats().Connections > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("connections of a closed pool stay")
		}
	}
}

// Pools are replaced a thousand times under load: no exchange fails.
func TestReplacementUnderLoad(t *testing.T) {
	for _, protocol := range []string{api.ProtocolHTTP, api.ProtocolH2C} {
		slow := func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).EnableFullDuplex() // HTTP/2 is
			_, _ = io.WriteString(w, "be")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = io.WriteString(w, "gun")
		}
		addresses := []string{testkit.HTTP(t, nil, slow), testkit.HTTP(t, nil, slow), testkit.HTTP(t, nil, slow)}
		var current atomic.Pointer[upstream.Pool]
		current.Store(newPool(t, spec(protocol, addresses...), nil))
		stop := make(chan struct{})
		var load sync.WaitGroup
		var done atomic.Int64 // exchanges
		for range 4 {
			load.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if body, err := send(t, current.Load(), "/"); err != nil || body != "begun" {
						t.Errorf("%s: %q, %v", protocol, body, err)
						return
					}
					done.Add(1)
				}
			})
		}
		for i := range 1000 {
			u := spec(protocol, addresses[:1+i%3]...)
			if i%100 == 0 {
				u.IdleTimeout += schema.Duration(i) // nothing stays
			}
			old := current.Load()
			next, err := upstream.New(u, old, upstream.Env{})
			if err != nil {
				t.Fatal(err)
			}
			current.Store(next)
			old.Close()
			for n := done.Load(); i%4 == 0 && done.Load() == n && !t.Failed(); { // the load keeps up
				time.Sleep(10 * time.Microsecond)
			}
		}
		close(stop)
		load.Wait()
		current.Load().Close()
	}
}

// Names and authorities of targets are checked as the upstream says.
func TestTrust(t *testing.T) {
	authority := testkit.NewAuthority(t)
	address := testkit.HTTP(t, testkit.ServerTLS(t, authority, "backend.test"), testkit.EchoHTTP)
	yes := true
	for name, test := range map[string]struct {
		tls  *api.UpstreamTLS
		says string // "" if it works
	}{
		"S1-69 own authority and name": {&api.UpstreamTLS{CACertificate: authority.PEM, ServerName: "backend.test"}, ""},
		"S1-69 unknown authority":      {&api.UpstreamTLS{ServerName: "backend.test"}, "tls.ca_certificate"},
		"S1-71 name not in it":         {&api.UpstreamTLS{CACertificate: authority.PEM, ServerName: "frontend.test"}, "certificate is valid for backend.test, not frontend.test"},
		"S1-71 address not in it":      {&api.UpstreamTLS{CACertificate: authority.PEM}, "tls.server_name"},
		"anything goes":                {&api.UpstreamTLS{InsecureSkipVerify: &yes}, ""},
		"no settings":                  {nil, "tls."},
	} {
		u := spec(api.ProtocolHTTPS, address)
		u.TLS = test.tls
		_, err := send(t, newPool(t, u, nil), "/")
		var failed *message.TransportError
		switch {
		case test.says == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case test.says != "" && (!errors.As(err, &failed) || failed.Phase != message.PhaseTLS || !strings.Contains(err.Error(), test.says)):
			t.Errorf("%s: %v does not say %q", name, err, test.says)
		}
	}
	u := spec(api.ProtocolGRPCS, address)
	u.TLS = &api.UpstreamTLS{CACertificate: "nonsense"}
	if _, err := upstream.New(u, nil, upstream.Env{}); err == nil || !strings.Contains(err.Error(), "tls.ca_certificate") {
		t.Errorf("a bundle without certificates: %v", err)
	}
}

func BenchmarkPick(b *testing.B) {
	for _, n := range []int{1, 3, 1000} {
		p := newPool(b, weighted(repeat(n, func(i int) int { return i*37%10000 + 1 })...), nil)
		b.Run(fmt.Sprintf("targets=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = p.Pick(anyone, nil)
			}
		})
		b.Run(fmt.Sprintf("targets=%d/parallel", n), func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_, _ = p.Pick(anyone, nil)
				}
			})
		})
	}
}
