// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sys/unix"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// badTarget accepts connections until the test ends and hands over each of
// them, once a request's head has come if wanted.
func badTarget(t *testing.T, head bool, serve func(c *net.TCPConn, gone <-chan struct{})) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	over := make(chan struct{})
	running.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				if head {
					if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
						return
					}
				}
				serve(c.(*net.TCPConn), over)
			})
		}
	})
	t.Cleanup(func() {
		close(over)
		listener.Close()
		running.Wait()
	})
	return listener.Addr().String()
}

// fullTarget returns the address of a listener that accepts nothing and whose
// queue is full, so that connections to it are not even refused.
func fullTarget(t *testing.T) string {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	t.Cleanup(func() { _ = unix.Close(fd) })
	must(t, unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	must(t, unix.Listen(fd, 0))
	name, err := unix.Getsockname(fd)
	must(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port)
	for range 10 {
		c, err := net.DialTimeout("tcp", address, 300*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Fatal("the queue of a listener never gets full")
	return ""
}

// S3-107: whatever a target does, its client learns it by the right status and
// within the times of the upstream, and the gateway goes on serving others.
func TestUpstreamBadTargets(t *testing.T) {
	// cut means that a response has begun and is told to be incomplete.
	const cut = -1
	until := func(_ *net.TCPConn, gone <-chan struct{}) { <-gone }
	say := func(text string) func(*net.TCPConn, <-chan struct{}) {
		return func(c *net.TCPConn, _ <-chan struct{}) { _, _ = io.WriteString(c, text) }
	}
	cases := []struct {
		name    string
		address func(t *testing.T) string
		status  int
	}{
		{"refuses connections", func(t *testing.T) string { return gatewaytest.FreeAddress(t) }, 502},
		{"hangs before it accepts", fullTarget, 504},
		{"hangs after it has accepted", func(t *testing.T) string { return badTarget(t, false, until) }, 504},
		{"hangs after the request", func(t *testing.T) string { return badTarget(t, true, until) }, 504},
		{"resets", func(t *testing.T) string {
			return badTarget(t, true, func(c *net.TCPConn, _ <-chan struct{}) { _ = c.SetLinger(0) })
		}, 502},
		{"closes without an answer", func(t *testing.T) string {
			return badTarget(t, true, func(*net.TCPConn, <-chan struct{}) {})
		}, 502},
		{"answers garbage", func(t *testing.T) string { return badTarget(t, true, say("\x00\xffSSH-2.0-garbage\r\n\r\n")) }, 502},
		{"answers a broken head", func(t *testing.T) string {
			return badTarget(t, true, say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"))
		}, 502},
		{"answers a head slowly for ever", func(t *testing.T) string {
			return badTarget(t, true, func(c *net.TCPConn, gone <-chan struct{}) {
				for _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nX-Slow: "); err == nil; _, err = io.WriteString(c, "s") {
					select {
					case <-gone:
						return
					case <-time.After(20 * time.Millisecond): // that is the fault
					}
				}
			})
		}, 504},
		{"closes in the middle of the body", func(t *testing.T) string {
			return badTarget(t, true, say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
		}, cut},
		{"closes in the middle of a chunk", func(t *testing.T) string {
			return badTarget(t, true, say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf"))
		}, cut},
		{"hangs in the middle of the body", func(t *testing.T) string {
			return badTarget(t, true, func(c *net.TCPConn, gone <-chan struct{}) {
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
				<-gone
			})
		}, cut},
	}
	g, address := gatewaytest.Start(t, nil), gatewaytest.FreeAddress(t)
	g.Put(t, "listener", "main", `{"address":"`+address+`"}`)
	g.Put(t, "upstream", "good", upstream(testkit.HTTP(t, nil, testkit.EchoHTTP), "http"))
	g.Put(t, "route", "good", `{"paths":["/good"],"upstream":"good"}`)
	others := newLoad(t)
	for _, proto := range []string{"HTTP/1.1", "h2c"} {
		others.asking(proto, "POST", address, func() string { return "/good" })
	}
	for i, c := range cases {
		g.Put(t, "upstream", fmt.Sprint("bad", i), targetsOf(c.address(t))+
			`"connect_timeout":"300ms","response_timeout":"300ms","stall_timeout":"300ms"}`)
		g.Put(t, "route", fmt.Sprint("bad", i), fmt.Sprintf(`{"paths":["/bad/%d"],"upstream":"bad%d"}`, i, i))
	}
	for i, c := range cases {
		for _, proto := range []string{"HTTP/1.1", "h2c"} {
			for _, method := range []string{"GET", "POST"} {
				t.Run(c.name+" "+proto+" "+method, func(t *testing.T) {
					t.Parallel()
					client, end := newClient(proto)
					defer end()
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					defer cancel()
					status, _, body, err := fetch(ctx, client, method, fmt.Sprintf("http://%s/bad/%d", address, i))
					switch {
					case ctx.Err() != nil:
						t.Errorf("no answer in %s", patience)
					case c.status == cut && (status != 200 || body != "half" || err == nil):
						t.Errorf("%d %q, %v, want half a body and an error", status, body, err)
					case c.status != cut && (status != c.status || err != nil):
						t.Errorf("%d %q, %v, want %d", status, body, err, c.status)
					}
				})
			}
		}
	}
	t.Cleanup(func() { // when those have ended
		others.flows(t)
		others.stop()
		others.check(t)
	})
}

func targetsOf(address string) string {
	host, port, _ := net.SplitHostPort(address)
	return fmt.Sprintf(`{"targets":[{"host":%q,"port":%s}],`, host, port)
}

// S3-107: a target that is there and is not by turns costs requests that can be
// sent elsewhere nothing; those that can go nowhere else get 200 or 502.
func TestUpstreamFlappingTarget(t *testing.T) {
	flapping := testkit.FreeAddress(t)
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			server := &http.Server{Addr: flapping, Handler: http.HandlerFunc(testkit.EchoHTTP)}
			served := make(chan struct{})
			go func() {
				defer close(served)
				_ = server.ListenAndServe() // ends with Close; the address may be in use for a moment
			}()
			time.Sleep(100 * time.Millisecond) // that is the fault, as is the next one
			_ = server.Close()
			<-served
			select {
			case <-over:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() {
		close(over)
		<-ended
	})
	g, address := gatewaytest.Start(t, nil), gatewaytest.FreeAddress(t)
	g.Put(t, "listener", "main", `{"address":"`+address+`"}`)
	host, port, _ := net.SplitHostPort(flapping)
	goodHost, goodPort, _ := net.SplitHostPort(testkit.HTTP(t, nil, testkit.EchoHTTP))
	g.Put(t, "upstream", "both", fmt.Sprintf(`{"targets":[{"host":%q,"port":%s},{"host":%q,"port":%s}],"retries":{"attempts":3,"budget":100,"budget_per_second":1000},
		"health":{"active":{"interval":"100ms","timeout":"100ms","healthy_threshold":1,"unhealthy_threshold":1},"passive":{"ejection_time":"100ms","consecutive_failures":1}}}`,
		host, port, goodHost, goodPort))
	g.Put(t, "upstream", "alone", targetsOf(flapping)+`"response_timeout":"1s"}`)
	g.Put(t, "route", "both", `{"paths":["/both"],"upstream":"both"}`)
	g.Put(t, "route", "alone", `{"paths":["/alone"],"upstream":"alone"}`)
	l := newLoad(t)
	for _, proto := range []string{"HTTP/1.1", "h2c"} {
		l.asking(proto, "GET", address, func() string { return "/both" })
	}
	client, end := newClient("HTTP/1.1")
	defer end()
	for begin, seen := time.Now(), map[int]int{}; seen[200] < 20 || seen[502] < 20 || time.Since(begin) < 2*time.Second; {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		status, _, body, err := fetch(ctx, client, "GET", "http://"+address+"/alone")
		cancel()
		if status != 200 && status != 502 || err != nil {
			t.Fatalf("%d %s, %v", status, body, err)
		}
		if seen[status]++; time.Since(begin) > patience {
			t.Fatalf("statuses %v", seen)
		}
		time.Sleep(time.Millisecond) // refusals come fast
	}
	l.flows(t)
	l.stop()
	l.check(t)
}

// nameServer is a DNS server whose answers a test changes.
func nameServer(t *testing.T, name string, ips *atomic.Pointer[[]string]) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	server := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(started) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(r)
		now := ips.Load()
		if now == nil || r.Question[0].Name != name+"." {
			m.Rcode = dns.RcodeNameError
		} else {
			for _, ip := range *now {
				m.Answer = append(m.Answer, &dns.A{
					Hdr: dns.RR_Header{Name: r.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 0}, A: net.ParseIP(ip),
				})
			}
		}
		_ = w.WriteMsg(m) // the resolver asks again
	})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.ActivateAndServe() // ends with Shutdown
	}()
	<-started
	t.Cleanup(func() {
		_ = server.Shutdown()
		<-ended
	})
	return conn.LocalAddr().String()
}

// S1-07, S3-107: targets follow the records of a name, get no requests when
// they are gone for good, and none of it costs a request as long as there are
// others.
func TestUpstreamDisappearsFromDNS(t *testing.T) {
	var ips atomic.Pointer[[]string]
	set := func(now ...string) { ips.Store(&now) }
	f, g, address := newFleet(t), gatewaytest.Start(t, nil), gatewaytest.FreeAddress(t)
	set("127.40.0.1", "127.40.0.2")
	g.Put(t, "listener", "main", `{"address":"`+address+`"}`)
	g.Put(t, "upstream", "web", `{"discovery":{"dns":{"name":"orders.test","type":"a","port":`+strconv.Itoa(f.port)+
		`,"resolver":["`+nameServer(t, "orders.test", &ips)+`"],"min_ttl":"100ms","max_ttl":"100ms","keep":"0s"}}}`)
	g.Put(t, "route", "web", `{"paths":["/*"],"upstream":"web"}`)
	url := "http://" + address + "/"
	serves := func() bool { return status(url) == 200 }
	grows := func(ip string) func() bool {
		before := f.asked(ip)
		return func() bool { return serves() && f.asked(ip) > before }
	}
	eventually(t, "find targets", serves)
	l := newLoad(t)
	l.asking("HTTP/1.1", "POST", address, func() string { return "/" })
	l.asking("h2c", "POST", address, func() string { return "/" })
	eventually(t, "go to the first", grows("127.40.0.1"))
	eventually(t, "go to the second", grows("127.40.0.2"))
	set("127.40.0.2", "127.40.0.3")
	eventually(t, "go to the new one", grows("127.40.0.3"))
	eventually(t, "leave the one that has gone", func() bool {
		before := f.asked("127.40.0.1")
		l.flows(t)
		return f.asked("127.40.0.1") == before
	})
	l.stop()
	l.check(t)
	ips.Store(nil)
	eventually(t, "answer 503 when the name has gone", func() bool { return status(url) == 503 })
	set("127.40.0.4")
	eventually(t, "serve when the name is back", grows("127.40.0.4"))
}
