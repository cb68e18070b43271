// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// rec reads "a 10.0.0.1:80 weight priority".
func rec(t *testing.T, s string) record {
	t.Helper()
	r := record{weight: 1}
	var at string
	fmt.Sscan(s, &r.part, &at, &r.weight, &r.priority)
	var err error
	if r.address, err = netip.ParseAddrPort(at); err != nil {
		t.Fatal(err)
	}
	return r
}

func recs(t *testing.T, s string) (all []record) {
	t.Helper()
	for one := range strings.SplitSeq(s, ",") {
		if one != "" {
			all = append(all, rec(t, one))
		}
	}
	return all
}

func (m *members) String() string {
	var out []string
	for _, e := range m.list {
		out = append(out, fmt.Sprintf("%d/%s*%d", e.tier, e.address, e.weight))
	}
	return strings.Join(out, " ")
}

// S1-07: what answers over time make of the list.
func TestMembersOverTime(t *testing.T) {
	type step struct {
		at      int    // seconds
		answer  string // records
		unknown string
		want    string
		changed bool
		leaves  int // seconds; 0: nothing leaves
	}
	for name, c := range map[string]struct {
		keep  int
		steps []step
	}{
		"gone at once without keep": {0, []step{
			{0, "a 1.1.1.1:1,a 2.2.2.2:1", "", "0/1.1.1.1:1*1 0/2.2.2.2:1*1", true, 0},
			{1, "a 2.2.2.2:1", "", "0/2.2.2.2:1*1", true, 0},
			{2, "", "", "", true, 0},
		}},
		"gone after keep, counted from the first answer without it": {30, []step{
			{0, "a 1.1.1.1:1,a 2.2.2.2:1", "", "0/1.1.1.1:1*1 0/2.2.2.2:1*1", true, 0},
			{10, "a 2.2.2.2:1", "", "0/1.1.1.1:1*1 0/2.2.2.2:1*1", false, 40},
			{39, "a 2.2.2.2:1", "", "0/1.1.1.1:1*1 0/2.2.2.2:1*1", false, 40},
			{40, "a 2.2.2.2:1", "", "0/2.2.2.2:1*1", true, 0},
		}},
		"back within keep": {30, []step{
			{0, "a 1.1.1.1:1", "", "0/1.1.1.1:1*1", true, 0},
			{10, "", "", "0/1.1.1.1:1*1", false, 40},
			{39, "a 1.1.1.1:1", "", "0/1.1.1.1:1*1", false, 0},
			{41, "", "", "0/1.1.1.1:1*1", false, 71}, // counted anew
			{71, "", "", "", true, 0},
		}},
		"subsets in turn": {30, []step{
			{0, "a 1.1.1.1:1", "", "0/1.1.1.1:1*1", true, 0},
			{10, "a 2.2.2.2:1", "", "0/1.1.1.1:1*1 0/2.2.2.2:1*1", true, 40},
			{20, "a 1.1.1.1:1", "", "0/1.1.1.1:1*1 0/2.2.2.2:1*1", false, 50},
			{30, "a 2.2.2.2:1", "", "0/1.1.1.1:1*1 0/2.2.2.2:1*1", false, 60},
		}},
		"nothing is known of a part": {10, []step{
			{0, "a 1.1.1.1:1,aaaa [::1]:1", "", "0/1.1.1.1:1*1 0/[::1]:1*1", true, 0},
			{1, "", "aaaa", "0/1.1.1.1:1*1 0/[::1]:1*1", false, 11},
			{100, "", "aaaa", "0/[::1]:1*1", true, 0},
			{200, "", "a", "0/[::1]:1*1", false, 210},
			{300, "a 1.1.1.1:1", "aaaa", "0/1.1.1.1:1*1 0/[::1]:1*1", true, 0}, // its time is over, but nobody says so
			{301, "a 1.1.1.1:1", "", "0/1.1.1.1:1*1", true, 0},
		}},
		"order of an answer means nothing": {10, []step{
			{0, "a 3.3.3.3:1,a 1.1.1.1:2,a 1.1.1.1:1", "", "0/1.1.1.1:1*1 0/1.1.1.1:2*1 0/3.3.3.3:1*1", true, 0},
			{1, "a 1.1.1.1:1,a 3.3.3.3:1,a 1.1.1.1:2", "", "0/1.1.1.1:1*1 0/1.1.1.1:2*1 0/3.3.3.3:1*1", false, 0},
		}},
		"weights and priorities change": {10, []step{
			{0, "x 1.1.1.1:1 5 10,y 2.2.2.2:1 5 20", "", "0/1.1.1.1:1*5 1/2.2.2.2:1*5", true, 0},
			{1, "x 1.1.1.1:1 6 10,y 2.2.2.2:1 5 10", "", "0/1.1.1.1:1*6 0/2.2.2.2:1*5", true, 0},
			{2, "x 1.1.1.1:1 6 11,y 2.2.2.2:1 5 11", "", "0/1.1.1.1:1*6 0/2.2.2.2:1*5", false, 0}, // the same ranks
		}},
		"an answer without the first tier keeps the ranks": {10, []step{
			{0, "x 1.1.1.1:1 5 10,y 2.2.2.2:1 5 20", "", "0/1.1.1.1:1*5 1/2.2.2.2:1*5", true, 0},
			{1, "y 2.2.2.2:1 5 20", "", "0/1.1.1.1:1*5 1/2.2.2.2:1*5", false, 11},
			{11, "y 2.2.2.2:1 5 20", "", "0/2.2.2.2:1*5", true, 0},
		}},
		"weights beyond what a target may have": {10, []step{
			{0, "x 1.1.1.1:1 65535 0,y 2.2.2.2:1 32768 0,z 3.3.3.3:1 1 0", "", "0/1.1.1.1:1*10000 0/2.2.2.2:1*5000 0/3.3.3.3:1*1", true, 0},
			{1, "y 2.2.2.2:1 32768 0,z 3.3.3.3:1 1 0", "", "0/1.1.1.1:1*10000 0/2.2.2.2:1*5000 0/3.3.3.3:1*1", false, 11},
		}},
		"more priorities than tiers": {10, []step{
			{0, "a 9.0.0.1:1 1 0,a 9.0.0.2:1 1 1,a 9.0.0.3:1 1 2,a 9.0.0.4:1 1 3,a 9.0.0.5:1 1 4,a 9.0.0.6:1 1 5,a 9.0.0.7:1 1 6,a 9.0.0.8:1 1 7,a 9.0.0.9:1 1 8,a 8.0.0.2:1 1 60,a 8.0.0.1:1 1 70", "",
				"0/9.0.0.1:1*1 1/9.0.0.2:1*1 2/9.0.0.3:1*1 3/9.0.0.4:1*1 4/9.0.0.5:1*1 5/9.0.0.6:1*1 6/9.0.0.7:1*1 7/9.0.0.8:1*1 8/9.0.0.9:1*1 9/8.0.0.1:1*1 9/8.0.0.2:1*1", true, 0},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMembers(time.Duration(c.keep) * time.Second)
			for i, s := range c.steps {
				changed, leaves := m.update(epoch.Add(time.Duration(s.at)*time.Second), recs(t, s.answer), map[string]bool{s.unknown: s.unknown != ""})
				want := time.Time{}
				if s.leaves > 0 {
					want = epoch.Add(time.Duration(s.leaves) * time.Second)
				}
				if got := m.String(); got != s.want || changed != s.changed || !leaves.Equal(want) {
					t.Fatalf("step %d: list %q, changed %v, leaves %v; want %q, %v, %v", i, got, changed, leaves, s.want, s.changed, want)
				}
			}
		})
	}
}

// Whatever subsets come: a target is in the list exactly if an answer had it
// and none has been without it since for the time of keep.
func TestMembersAgainstRandomSubsets(t *testing.T) {
	const keep = 7 * time.Second
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 0))
		m := newMembers(keep)
		missing := map[netip.AddrPort]time.Time{}
		now := epoch
		for range 200 {
			now = now.Add(time.Duration(random.IntN(3000)) * time.Millisecond)
			var answer []record
			for i := range 8 {
				if random.IntN(3) == 0 {
					answer = append(answer, record{address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 80), weight: 1})
				}
			}
			for a, since := range missing {
				if since.IsZero() {
					missing[a] = now
				}
			}
			for _, r := range answer {
				missing[r.address] = time.Time{}
			}
			var want []string
			for a, since := range missing {
				if !since.IsZero() && now.Sub(since) >= keep {
					delete(missing, a)
					continue
				}
				want = append(want, fmt.Sprintf("0/%s*1", a))
			}
			slices.Sort(want)
			before := m.String()
			changed, _ := m.update(now, answer, nil)
			if got := m.String(); got != strings.Join(want, " ") || changed != (got != before) {
				t.Fatalf("seed %d: list %q, changed %v, want %q", seed, got, changed, want)
			}
		}
	}
}

// Answers that have other addresses each time do not fill the memory, and
// what the last one has is there.
func TestMembersAreBounded(t *testing.T) {
	m := newMembers(time.Hour)
	for round := range 5 {
		var answer []record
		for i := range 4000 {
			answer = append(answer, record{address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(round), byte(i >> 8), byte(i)}), 80), weight: 1})
		}
		m.update(epoch.Add(time.Duration(round)*time.Second), answer, nil)
		if len(m.all) > maxTargets {
			t.Fatalf("%d members", len(m.all))
		}
		for _, r := range answer {
			if e := m.all[r.address]; e == nil || !e.missing.IsZero() {
				t.Fatalf("%s of the last answer is not there", r.address)
			}
		}
	}
	if n := m.kept(); n != maxTargets-4000 {
		t.Errorf("%d are kept", n)
	}
	if _, ok := m.all[netip.MustParseAddrPort("10.0.0.0:80")]; ok {
		t.Error("one that has been missing for longest is there")
	}
}

func TestUnique(t *testing.T) {
	got, total := unique(recs(t, "x 1.1.1.1:1 5 20,y 1.1.1.1:1 2 10,z 1.1.1.1:1 3 10,x 1.1.1.1:2 9 5"))
	if want := recs(t, "x 1.1.1.1:2 9 5,y 1.1.1.1:1 5 10"); !slices.Equal(got, want) || total != 2 {
		t.Errorf("got %+v of %d, want %+v", got, total, want)
	}
	var many []record
	for i := range 2 * maxTargets {
		many = append(many, record{address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 80), priority: 2*maxTargets - i})
	}
	got, total = unique(many)
	if len(got) != maxTargets || total != 2*maxTargets || got[0].priority != 1 {
		t.Errorf("%d of %d, the first of priority %d", len(got), total, got[0].priority)
	}
}

func TestResolvConf(t *testing.T) {
	for text, want := range map[string]string{
		"nameserver 10.0.0.2\n":                                                            "[10.0.0.2:53]",
		"\tnameserver\t10.0.0.2 # why\r\nnameserver":                                       "[10.0.0.2:53]",
		"search a.b\nnameserver fd00::2\nnameserver fe80::1%eth0\noptions ndots:5":         "[[fd00::2]:53 [fe80::1%eth0]:53]",
		"nameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver 3.3.3.3\nnameserver 4.4.4.4":   "[1.1.1.1:53 2.2.2.2:53 3.3.3.3:53]",
		"nameserver [127.0.0.1]:5353\nnameserver [::1]:5353":                               "[127.0.0.1:5353 [::1]:5353]",
		"# nameserver 1.1.1.1\n; nameserver 1.1.1.1\nnameserver x\nnameserver [1.1.1.1]:x": "[127.0.0.1:53 [::1]:53]",
		"": "[127.0.0.1:53 [::1]:53]",
	} {
		if got := fmt.Sprint(parseResolvConf(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if s, err := nodeServers(t.TempDir() + "/none"); err != nil || len(s) != 2 {
		t.Errorf("without a file: %v, %v", s, err)
	}
	if s, err := nodeServers(t.TempDir()); err == nil {
		t.Errorf("a folder: %v", s)
	}
}

func FuzzResolvConf(f *testing.F) {
	f.Add("nameserver 10.0.0.2\nsearch a\n")
	f.Add("nameserver [::1]:5353")
	f.Fuzz(func(t *testing.T, text string) {
		servers := parseResolvConf(text)
		if len(servers) == 0 || len(servers) > maxNodeServers {
			t.Fatalf("%d servers", len(servers))
		}
		for _, s := range servers {
			if !s.IsValid() {
				t.Fatalf("%v", s)
			}
		}
	})
}
