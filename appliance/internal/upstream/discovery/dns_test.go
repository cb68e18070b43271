// SPDX-License-Identifier: Apache-2.0

package discovery_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/discovery"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A run is a source at work.
type run struct {
	t      *testing.T
	lists  chan []api.Target
	status chan discovery.Status
}

// start runs a source until the test ends. It must take everything that is
// told, in order, so both channels have room for more than any test makes.
func start(t *testing.T, d api.DNSDiscovery, o discovery.Options) *run {
	t.Helper()
	r := &run{t, make(chan []api.Target, 1000), make(chan discovery.Status, 10_000)}
	o.Report = func(s discovery.Status) {
		select {
		case r.status <- s:
		default:
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	source := discovery.New(api.Discovery{DNS: &d}, o)
	go func() {
		defer close(done)
		source.Run(ctx, func(list []api.Target) { r.lists <- list })
	}()
	t.Cleanup(func() { cancel(); <-done })
	return r
}

// next returns the next list, as "tier/host:port*weight".
func (r *run) next() []string {
	r.t.Helper()
	select {
	case list := <-r.lists:
		out := []string{}
		for _, t := range list {
			checkTarget(r.t, t)
			out = append(out, fmt.Sprintf("%d/%s*%d", t.Rank(), net.JoinHostPort(t.Host, fmt.Sprint(t.Port)), t.Share()))
		}
		return out
	case <-time.After(time.Minute):
		r.t.Fatal("no list was told")
		return nil
	}
}

func (r *run) want(targets ...string) {
	r.t.Helper()
	if got := r.next(); !slices.Equal(got, targets) {
		r.t.Fatalf("list is %q, want %q", got, targets)
	}
}

// until returns the first status that fits.
func (r *run) until(what string, fits func(discovery.Status) bool) discovery.Status {
	r.t.Helper()
	for end := time.After(time.Minute); ; {
		select {
		case s := <-r.status:
			if fits(s) {
				return s
			}
		case <-end:
			r.t.Fatal("no status: " + what)
		}
	}
}

// same waits for n more rounds and fails if they have told a list.
func (r *run) same(n int) {
	r.t.Helper()
	for range n {
		<-r.status
	}
	select {
	case list := <-r.lists:
		r.t.Fatalf("a list was told: %+v", list)
	default:
	}
}

// settings ask quickly, so that tests do not wait for lifetimes.
func settings(kind string, s *server) api.DNSDiscovery {
	var d api.DNSDiscovery
	d.SetDefaults()
	d.Name, d.Type = "orders.internal", kind
	d.MinTTL, d.MaxTTL = schema.Duration(5*time.Millisecond), schema.Duration(20*time.Millisecond)
	d.Timeout = schema.Duration(10 * time.Second)
	d.Resolver = s.resolver()
	if kind != "srv" {
		d.Port = 8080
	}
	return d
}

// zone answers with the records of the question's name and type, and with the
// aliases of its name. NXDOMAIN is for names without records.
func zone(lines ...string) dns.HandlerFunc {
	all := make([]dns.RR, len(lines))
	for i, l := range lines {
		var err error
		if all[i], err = dns.NewRR(l); err != nil {
			panic(err)
		}
	}
	return func(w dns.ResponseWriter, r *dns.Msg) {
		m := new(dns.Msg).SetRcode(r, dns.RcodeNameError)
		m.Authoritative = true
		q := r.Question[0]
		name := strings.ToLower(q.Name)
		for _, rr := range all {
			if strings.ToLower(rr.Header().Name) != name {
				continue
			}
			m.Rcode = dns.RcodeSuccess
			alias, isAlias := rr.(*dns.CNAME)
			if rr.Header().Rrtype == q.Qtype || isAlias {
				m.Answer = append(m.Answer, rr)
			}
			if isAlias {
				name = strings.ToLower(alias.Target)
			}
		}
		w.WriteMsg(m)
	}
}

func rcode(code int) dns.HandlerFunc {
	return func(w dns.ResponseWriter, r *dns.Msg) { w.WriteMsg(new(dns.Msg).SetRcode(r, code)) }
}

func silent(dns.ResponseWriter, *dns.Msg) {}

// S1-07: what is asked for, and what targets are made of it.
func TestTypes(t *testing.T) {
	records := zone(
		"orders.internal. 0 A 10.0.0.2", "orders.internal. 0 A 10.0.0.1", "orders.internal. 0 A 10.0.0.1",
		"orders.internal. 0 AAAA fd00::1", "orders.internal. 0 AAAA ::ffff:10.0.0.1",
		"orders.internal. 0 TXT ignored",
		"orders.internal. 0 A 0.0.0.0", "orders.internal. 0 AAAA ::", "orders.internal. 0 AAAA ff02::1", "orders.internal. 0 AAAA fe80::1",
	)
	for kind, want := range map[string][]string{
		"a":       {"0/10.0.0.1:8080*3", "0/10.0.0.2:8080*3"},
		"aaaa":    {"0/10.0.0.1:8080*3", "0/[fd00::1]:8080*3"},
		"address": {"0/10.0.0.1:8080*3", "0/10.0.0.2:8080*3", "0/[fd00::1]:8080*3"},
	} {
		t.Run(kind, func(t *testing.T) {
			s := newServer(t, records)
			d := settings(kind, s)
			d.Weight, d.Zone = 3, "zone-1"
			r := start(t, d, discovery.Options{})
			r.want(want...)
			got := r.until("answered", func(s discovery.Status) bool { return true })
			if got.Targets != len(want) || got.Server != s.address || got.Err != nil || got.Answered.IsZero() || !got.Next.After(got.Answered) {
				t.Errorf("status is %+v", got)
			}
			asked := s.questions()
			for _, q := range asked {
				if !strings.HasPrefix(q, "udp ") {
					t.Errorf("asked over TCP without need: %q", asked)
				}
			}
		})
	}
}

func TestZoneIsThatOfTheSettings(t *testing.T) {
	s := newServer(t, zone("orders.internal. 0 A 10.0.0.1"))
	d := settings("a", s)
	d.Zone = "zone-1"
	r := start(t, d, discovery.Options{})
	if list := <-r.lists; len(list) != 1 || list[0].Zone != "zone-1" {
		t.Errorf("list is %+v", list)
	}
}

// S1-07: ports, weights and priorities of SRV records; their names are looked
// up where the answer does not have the addresses.
func TestServices(t *testing.T) {
	glue := zone(
		"a.internal. 0 A 10.0.0.1", "b.internal. 0 A 10.0.0.2", "b.internal. 0 AAAA fd00::2", "c.internal. 0 CNAME a.internal.", "a.internal. 0 A 10.0.0.1",
		"orders.internal. 0 SRV 20 0 9000 a.internal.",
		"orders.internal. 0 SRV 10 5 9001 B.internal.",
		"orders.internal. 0 SRV 10 5 9001 b.internal.", // twice
		"orders.internal. 0 SRV 30 7 9002 c.internal.",
		"orders.internal. 0 SRV 10 1 0 a.internal.", // no port
		"orders.internal. 0 SRV 10 1 9003 .",        // decidedly not available
		"orders.internal. 0 SRV 10 1 9004 gone.internal.",
	)
	want := []string{"0/10.0.0.2:9001*5", "0/[fd00::2]:9001*5", "1/10.0.0.1:9000*1", "2/10.0.0.1:9002*7"}
	t.Run("by questions", func(t *testing.T) {
		start(t, settings("srv", newServer(t, glue)), discovery.Options{}).want(want...)
	})
	t.Run("in the additional section", func(t *testing.T) {
		s := newServer(t, func(w dns.ResponseWriter, r *dns.Msg) {
			glue(withExtra{w, []string{"a.internal. 0 A 10.0.0.1", "b.internal. 0 A 10.0.0.2", "b.internal. 0 AAAA fd00::2", "c.internal. 0 A 10.0.0.1", "gone.internal. 0 A 0.0.0.0", "other.internal. 0 A 10.9.9.9"}}, r)
		})
		start(t, settings("srv", s), discovery.Options{}).want(want...)
		for _, q := range s.questions() {
			if !strings.Contains(q, " SRV ") && !strings.Contains(q, "gone.internal.") {
				t.Errorf("asked %q although the answer had it", q)
			}
		}
	})
}

// withExtra adds records to the additional section.
type withExtra struct {
	dns.ResponseWriter
	lines []string
}

func (w withExtra) WriteMsg(m *dns.Msg) error {
	for _, l := range w.lines {
		rr, err := dns.NewRR(l)
		if err != nil {
			return err
		}
		m.Extra = append(m.Extra, rr)
	}
	return w.ResponseWriter.WriteMsg(m)
}

// A name of an SRV record that cannot be looked up keeps its targets; the
// others follow their records.
func TestServiceWhoseNameFails(t *testing.T) {
	s := newServer(t, zone("orders.internal. 0 SRV 1 1 1 a.internal.", "orders.internal. 0 SRV 1 1 1 b.internal.", "a.internal. 0 A 10.0.0.1", "b.internal. 0 A 10.0.0.2"))
	d := settings("srv", s)
	d.Keep = 0
	r := start(t, d, discovery.Options{})
	r.want("0/10.0.0.1:1*1", "0/10.0.0.2:1*1")
	after := zone("orders.internal. 0 SRV 1 1 1 a.internal.", "orders.internal. 0 SRV 1 1 1 b.internal.", "a.internal. 0 A 10.0.0.1", "a.internal. 0 A 10.0.0.3")
	s.handle(func(w dns.ResponseWriter, q *dns.Msg) {
		if q.Question[0].Name == "b.internal." {
			rcode(dns.RcodeServerFailure)(w, q)
			return
		}
		after(w, q)
	})
	r.want("0/10.0.0.1:1*1", "0/10.0.0.2:1*1", "0/10.0.0.3:1*1")
	st := r.until("fails", func(s discovery.Status) bool { return s.Err != nil })
	if text := st.Err.Error(); !strings.Contains(text, "b.internal.") || !strings.Contains(text, "SERVFAIL") {
		t.Errorf("error is %q", text)
	}
	s.handle(after)
	r.want("0/10.0.0.1:1*1", "0/10.0.0.3:1*1")
}

// A round ends however many names there are that nobody answers for.
func TestManyNamesWithoutAnswer(t *testing.T) {
	const names = 200
	var lines []string
	for i := range names {
		lines = append(lines, fmt.Sprintf("orders.internal. 0 SRV 1 1 1 n%d.internal.", i))
	}
	services := compress(zone(lines...))
	s := newServer(t, func(w dns.ResponseWriter, r *dns.Msg) {
		if r.Question[0].Qtype != dns.TypeSRV {
			return
		}
		if w.RemoteAddr().Network() == "udp" {
			m := new(dns.Msg).SetReply(r)
			m.Truncated = true
			w.WriteMsg(m)
			return
		}
		services(w, r)
	})
	d := settings("srv", s)
	d.Timeout = schema.Duration(300 * time.Millisecond)
	r := start(t, d, discovery.Options{})
	st := r.until("fails after an answer", func(s discovery.Status) bool { return s.Err != nil && s.Server != "" })
	if asked := len(s.questions()); asked > names {
		t.Errorf("%d questions were asked", asked)
	}
	if st.Targets != 0 {
		t.Errorf("status is %+v", st)
	}
	r.same(0)
}

// One kind of address that cannot be asked for takes nothing from the other,
// and loses nothing itself.
func TestOneKindFails(t *testing.T) {
	records := zone("orders.internal. 0 A 10.0.0.1", "orders.internal. 0 AAAA fd00::1")
	s := newServer(t, records)
	d := settings("address", s)
	d.Keep = 0
	r := start(t, d, discovery.Options{})
	r.want("0/10.0.0.1:8080*1", "0/[fd00::1]:8080*1")
	s.handle(func(w dns.ResponseWriter, q *dns.Msg) {
		if q.Question[0].Qtype == dns.TypeAAAA {
			rcode(dns.RcodeNotImplemented)(w, q)
			return
		}
		zone("orders.internal. 0 A 10.0.0.2")(w, q)
	})
	r.want("0/10.0.0.2:8080*1", "0/[fd00::1]:8080*1")
}

// S1-07: an answer that does not fit a datagram is asked for over TCP.
func TestTruncated(t *testing.T) {
	var lines, want []string
	for i := range 2000 {
		ip := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		lines = append(lines, "orders.internal. 0 A "+ip.String())
		want = append(want, fmt.Sprintf("0/%s:8080*1", ip))
	}
	whole := zone(lines...)
	s := newServer(t, func(w dns.ResponseWriter, r *dns.Msg) {
		if w.RemoteAddr().Network() == "udp" {
			if o := r.IsEdns0(); o == nil || o.UDPSize() != 1232 {
				t.Errorf("the query's EDNS0 is %v", o)
			}
			m := new(dns.Msg).SetReply(r)
			m.Truncated = true
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: r.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(10, 0, 0, 0)}}
			w.WriteMsg(m)
			return
		}
		compress(whole)(w, r)
	})
	r := start(t, settings("a", s), discovery.Options{})
	r.want(want...)
	if asked := s.questions(); !slices.Contains(asked, "tcp A orders.internal.") {
		t.Errorf("asked %q", asked)
	}
}

func compress(h dns.HandlerFunc) dns.HandlerFunc {
	return func(w dns.ResponseWriter, r *dns.Msg) { h(compressing{w}, r) }
}

type compressing struct{ dns.ResponseWriter }

func (w compressing) WriteMsg(m *dns.Msg) error {
	m.Compress = true
	return w.ResponseWriter.WriteMsg(m)
}

// RFC 5452, section 9.1: what is not the answer to the query is passed over,
// and the true one taken when it comes.
func TestSpoofedAnswers(t *testing.T) {
	records := zone("orders.internal. 0 A 10.0.0.1")
	s := newServer(t, func(w dns.ResponseWriter, r *dns.Msg) {
		forged := new(dns.Msg).SetReply(r)
		forged.Authoritative = true
		forged.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: r.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(6, 6, 6, 6)}}
		send := func(change func(*dns.Msg)) {
			m := forged.Copy()
			change(m)
			w.WriteMsg(m)
		}
		send(func(m *dns.Msg) { m.Id++ })
		send(func(m *dns.Msg) { m.Response = false })
		send(func(m *dns.Msg) { m.Opcode = dns.OpcodeNotify })
		send(func(m *dns.Msg) { m.Question[0].Name = "other.internal." })
		send(func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeAAAA })
		send(func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS })
		send(func(m *dns.Msg) { m.Question = nil })
		send(func(m *dns.Msg) { m.Question = append(m.Question, m.Question[0]) })
		w.Write([]byte("garbage"))
		w.Write(binary.BigEndian.AppendUint16(nil, r.Id))
		// The right one in all but where it comes from.
		if other, err := net.ListenPacket("udp", "127.0.0.1:0"); err == nil {
			b, _ := forged.Pack()
			other.WriteTo(b, w.RemoteAddr())
			other.Close()
		}
		records(w, r)
	})
	start(t, settings("a", s), discovery.Options{}).want("0/10.0.0.1:8080*1")
}

// Ids and ports are not those of the query before.
func TestQueriesCannotBeGuessed(t *testing.T) {
	type query struct {
		id   uint16
		from string
	}
	seen := make(chan query, 1000)
	s := newServer(t, func(w dns.ResponseWriter, r *dns.Msg) {
		select {
		case seen <- query{r.Id, w.RemoteAddr().String()}:
		default:
		}
		zone("orders.internal. 0 A 10.0.0.1")(w, r)
	})
	start(t, settings("a", s), discovery.Options{})
	ids, ports, steps := map[uint16]bool{}, map[string]bool{}, map[uint16]bool{}
	last := uint16(0)
	for range 16 {
		q := <-seen
		ids[q.id], ports[q.from], steps[q.id-last] = true, true, true
		last = q.id
	}
	if len(ids) < 14 || len(ports) < 14 || len(steps) < 14 {
		t.Errorf("of 16 queries, ids are %v, ports %v", ids, ports)
	}
}

// A chain of aliases is followed, names are the same in either case, and a
// chain without an end leads nowhere.
func TestAliases(t *testing.T) {
	s := newServer(t, zone(
		"orders.internal. 0 CNAME One.internal.", "one.internal. 0 CNAME two.internal.", "TWO.internal. 0 A 10.0.0.1",
	))
	d := settings("a", s)
	d.Name, d.Keep = "Orders.Internal.", 0
	r := start(t, d, discovery.Options{})
	r.want("0/10.0.0.1:8080*1")
	s.handle(zone("orders.internal. 0 CNAME one.internal.", "one.internal. 0 CNAME orders.internal."))
	r.want()
}

// Servers are asked in order, the next one when one does not answer or has
// none; so a dead one costs time and no targets.
func TestServersInOrder(t *testing.T) {
	for name, bad := range map[string]dns.HandlerFunc{
		"silent":   silent,
		"SERVFAIL": rcode(dns.RcodeServerFailure),
		"REFUSED":  rcode(dns.RcodeRefused),
		"lame":     rcode(dns.RcodeSuccess),
		"garbage": func(w dns.ResponseWriter, r *dns.Msg) {
			m := new(dns.Msg).SetReply(r)
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: "x.", Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(1, 2, 3, 4)}}
			b, _ := m.Pack()
			w.Write(b[:len(b)-1])
		},
		"truncated over TCP, too": func(w dns.ResponseWriter, r *dns.Msg) {
			m := new(dns.Msg).SetReply(r)
			m.Truncated = true
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: r.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(1, 2, 3, 4)}}
			w.WriteMsg(m)
		},
		"closes over TCP": func(w dns.ResponseWriter, r *dns.Msg) {
			if w.RemoteAddr().Network() == "tcp" {
				w.Close()
				return
			}
			m := new(dns.Msg).SetReply(r)
			m.Truncated = true
			w.WriteMsg(m)
		},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := newServer(t, bad), newServer(t, zone("orders.internal. 0 A 10.0.0.1"))
			d := settings("a", first)
			if name == "silent" {
				d.Timeout = schema.Duration(100 * time.Millisecond)
			}
			d.Resolver = append(d.Resolver, second.resolver()...)
			r := start(t, d, discovery.Options{})
			r.want("0/10.0.0.1:8080*1")
			if st := <-r.status; st.Server != second.address || st.Err != nil {
				t.Errorf("status is %+v", st)
			}
			if len(first.questions()) == 0 {
				t.Error("the first server was not asked")
			}
		})
	}
}

// The names of SRV records are asked of the server that had those.
func TestProvenServerForTheRest(t *testing.T) {
	first, second := newServer(t, rcode(dns.RcodeRefused)), newServer(t, zone("orders.internal. 60 SRV 1 1 1 a.internal.", "a.internal. 60 A 10.0.0.1"))
	d := settings("srv", first)
	d.Resolver = append(d.Resolver, second.resolver()...)
	d.MinTTL, d.MaxTTL = schema.Duration(time.Hour), schema.Duration(time.Hour) // one round
	r := start(t, d, discovery.Options{})
	r.want("0/10.0.0.1:1*1")
	if asked := first.questions(); !slices.Equal(asked, []string{"udp SRV orders.internal."}) {
		t.Errorf("the first server was asked %q", asked)
	}
}

// RFC 6891, section 6.2.2: a server that does not know extensions is asked
// without them.
func TestServerWithoutExtensions(t *testing.T) {
	s := newServer(t, func(w dns.ResponseWriter, r *dns.Msg) {
		if r.IsEdns0() != nil {
			w.WriteMsg(&dns.Msg{MsgHdr: dns.MsgHdr{Id: r.Id, Response: true, Rcode: dns.RcodeFormatError}}) // and repeats no question
			return
		}
		zone("orders.internal. 0 A 10.0.0.1")(w, r)
	})
	start(t, settings("a", s), discovery.Options{}).want("0/10.0.0.1:8080*1")
}

// An answer whose code has its upper bits set is none.
func TestExtendedCode(t *testing.T) {
	s := newServer(t, func(w dns.ResponseWriter, r *dns.Msg) {
		m := new(dns.Msg).SetReply(r)
		m.Authoritative = true
		m.SetEdns0(1232, false)
		m.Rcode = dns.RcodeBadVers
		w.WriteMsg(m)
	})
	r := start(t, settings("a", s), discovery.Options{})
	st := r.until("fails", func(s discovery.Status) bool { return true })
	if st.Err == nil || !strings.Contains(st.Err.Error(), "BADVERS") {
		t.Errorf("error is %v", st.Err)
	}
	r.same(2)
}

// S1-07: failures of any kind remove nothing, however long they last, and
// questions go on to be asked.
func TestFailuresRemoveNothing(t *testing.T) {
	for name, bad := range map[string]dns.HandlerFunc{
		"SERVFAIL": rcode(dns.RcodeServerFailure), "REFUSED": rcode(dns.RcodeRefused), "silent": silent, "lame": rcode(dns.RcodeSuccess),
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, zone("orders.internal. 0 A 10.0.0.1"))
			d := settings("a", s)
			d.Keep, d.Timeout = 0, schema.Duration(300*time.Millisecond)
			r := start(t, d, discovery.Options{})
			r.want("0/10.0.0.1:8080*1")
			s.handle(bad)
			st := r.until("three failures", func(s discovery.Status) bool { return s.Failures == 3 })
			if st.Targets != 1 || st.Err == nil || st.Answered.IsZero() {
				t.Errorf("status is %+v", st)
			}
			r.same(0)
			s.handle(zone("orders.internal. 0 A 10.0.0.2"))
			r.want("0/10.0.0.2:8080*1")
			if st := r.until("well again", func(s discovery.Status) bool { return s.Failures == 0 }); st.Err != nil {
				t.Errorf("status is %+v", st)
			}
		})
	}
}

// S1-07: NXDOMAIN and answers without records are answers: what they do not
// have leaves after keep, here at once.
func TestNothingThere(t *testing.T) {
	for name, h := range map[string]dns.HandlerFunc{
		"NXDOMAIN": zone("other.internal. 0 A 10.0.0.9"),
		"empty":    zone("orders.internal. 0 TXT nothing"),
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, h)
			d := settings("address", s)
			d.Keep = 0
			r := start(t, d, discovery.Options{})
			r.want()
			s.handle(zone("orders.internal. 0 A 10.0.0.1"))
			r.want("0/10.0.0.1:8080*1")
			s.handle(h)
			r.want()
		})
	}
}

// S1-07, and what Kong's users met: records with a TTL of 0 of which each
// answer has some others must not make targets come and go.
func TestFlappingAnswers(t *testing.T) {
	var turn int
	s := newServer(t, nil)
	s.handle(func(w dns.ResponseWriter, r *dns.Msg) { // called by one question at a time
		turn++
		zone(fmt.Sprintf("orders.internal. 0 A 10.0.0.%d", 1+turn%3))(w, r)
	})
	d := settings("a", s)
	d.Keep = schema.Duration(time.Hour)
	r := start(t, d, discovery.Options{})
	r.next()
	r.next()
	r.want("0/10.0.0.1:8080*1", "0/10.0.0.2:8080*1", "0/10.0.0.3:8080*1")
	r.same(20)
	if st := <-r.status; st.Targets != 3 || st.Kept != 2 {
		t.Errorf("status is %+v", st)
	}
}

// Without a resolver in the settings, the node's are asked; a changed file
// counts from the next round.
func TestServersOfTheNode(t *testing.T) {
	file := filepath.Join(t.TempDir(), "resolv.conf")
	one, two := newServer(t, zone("orders.internal. 0 A 10.0.0.1")), newServer(t, zone("orders.internal. 0 A 10.0.0.2"))
	write := func(s *server) {
		t.Helper()
		host, port, _ := net.SplitHostPort(s.address)
		text := "# comment\nsearch example.com\nnameserver [" + host + "]:" + port + "\noptions ndots:5\n"
		next := file + ".next"
		if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, file); err != nil {
			t.Fatal(err)
		}
	}
	write(one)
	d := settings("a", one)
	d.Resolver, d.Keep = nil, 0
	r := start(t, d, discovery.Options{ResolvConf: file})
	r.want("0/10.0.0.1:8080*1")
	write(two)
	r.want("0/10.0.0.2:8080*1")
	for _, q := range slices.Concat(one.questions(), two.questions()) {
		if q != "udp A orders.internal." {
			t.Errorf("asked %q; search domains do not apply", q)
		}
	}
}

// A source that is stopped while it waits for an answer ends at once, and
// tells nothing more.
func TestStopWhileWaiting(t *testing.T) {
	asked := make(chan struct{}, 10)
	s := newServer(t, func(dns.ResponseWriter, *dns.Msg) { asked <- struct{}{} })
	d := settings("address", s)
	d.Timeout = schema.Duration(time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		discovery.New(api.Discovery{DNS: &d}, discovery.Options{}).Run(ctx, func(l []api.Target) { t.Errorf("told %+v", l) })
	}()
	<-asked
	cancel()
	<-done
}

func TestNoSettings(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	discovery.New(api.Discovery{}, discovery.Options{}).Run(ctx, func(l []api.Target) {
		if len(l) != 0 {
			t.Errorf("found %+v", l)
		}
		cancel()
	})
}
