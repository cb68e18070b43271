// SPDX-License-Identifier: Apache-2.0

package health_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// target starts a target in a process of its own.
func target(b *testing.B) string {
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), targetVariable+"=1")
	in, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		command.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(address)
}

// processor returns the time of processors that this process has used.
func processor() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkChecks is what checks of 2,000 targets a second each cost, as a
// share of a core: an iteration is a second (-benchtime 10x).
func BenchmarkChecks(b *testing.B) {
	address := target(b)
	for _, kind := range []string{api.CheckHTTP, api.CheckTCP} {
		b.Run(kind, func(b *testing.B) {
			c := health.NewChecker(health.Options{})
			defer c.Close()
			for i := range 2000 {
				s := spec(func(c *api.ActiveCheck) { c.Type, c.Interval = kind, schema.Duration(time.Second) })
				s.Key = fmt.Sprint(kind, i) // the address is the same, and the checks are not
				c.Watch(address, s, nil, nothing)
			}
			time.Sleep(3 * time.Second) // until all have been checked twice
			made, used, begun := c.Stats().Probes, processor(), time.Now()
			for b.Loop() {
				time.Sleep(time.Second)
			}
			made, used = c.Stats().Probes-made, processor()-used
			if c.Stats().Failures > 0 {
				b.Errorf("%+v", c.Stats())
			}
			b.ReportMetric(float64(used)/float64(made), "cpu-ns/check")
			b.ReportMetric(float64(made)/time.Since(begun).Seconds(), "checks/s")
			b.ReportMetric(100*float64(used)/float64(time.Since(begun)), "%core")
		})
	}
}

// BenchmarkRollingUpdate is one generation of 2,000 targets taking over from
// the one before, of which 20 are replaced (S3-121).
func BenchmarkRollingUpdate(b *testing.B) {
	c := health.NewChecker(health.Options{})
	defer c.Close()
	s := spec(func(c *api.ActiveCheck) { c.Interval = schema.Duration(time.Hour) })
	addresses := make([]string, 50_000)
	for i := range addresses {
		addresses[i] = fmt.Sprintf("127.0.0.1:%d", 1000+i)
	}
	watch := func(i int) *health.Watch { return c.Watch(addresses[i%len(addresses)], s, nil, nothing) }
	var old []*health.Watch
	for i := range 2000 {
		old = append(old, watch(i))
	}
	b.ReportAllocs()
	from := 0
	for b.Loop() {
		from += 20
		next := make([]*health.Watch, 0, 2000)
		for i := range 2000 {
			next = append(next, watch(from+i))
		}
		for _, w := range old {
			w.Release()
		}
		old = next
	}
}

// BenchmarkHealthy is what a request asks of a checked target.
func BenchmarkHealthy(b *testing.B) {
	var p probes
	c := health.NewFake(health.Options{}, p.ask, nil)
	defer c.Close()
	w := c.Watch("a.test:80", spec(nil), nil, nothing)
	b.ReportAllocs()
	for b.Loop() {
		if !w.Healthy() {
			b.Fatal("unhealthy")
		}
	}
}

// BenchmarkReport is what a request reports.
func BenchmarkReport(b *testing.B) {
	for name, change := range map[string]func(*api.PassiveCheck){
		"consecutive": nil,
		"all":         func(s *api.PassiveCheck) { s.FailureRatio, s.LatencyFactor = 50, 3 },
	} {
		w := detect(2000, nil, change)
		defer w.Close()
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w.records[7].Report(false, time.Millisecond)
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(p *testing.PB) {
				for i := 0; p.Next(); i++ {
					w.records[i%len(w.records)].Report(false, time.Millisecond)
				}
			})
		})
	}
}
