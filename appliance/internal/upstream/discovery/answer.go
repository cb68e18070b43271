// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// maxAliases is how many CNAME records are followed from one name.
const maxAliases = 16

// errLame is an answer of a server that knows nothing of the name and asks
// nobody who does.
var errLame = errors.New("the server neither has the name nor asks others for it")

// An rcodeError is an answer that says that there is none.
type rcodeError dnsmessage.RCode

func (e rcodeError) Error() string {
	if name, ok := rcodes[dnsmessage.RCode(e)]; ok {
		return "the server answered " + name
	}
	return fmt.Sprintf("the server answered with code %d", int(e))
}

// rcodes are the names of RFC 6895, section 2.3.
var rcodes = map[dnsmessage.RCode]string{
	dnsmessage.RCodeFormatError:    "FORMERR",
	dnsmessage.RCodeServerFailure:  "SERVFAIL",
	dnsmessage.RCodeNotImplemented: "NOTIMP",
	dnsmessage.RCodeRefused:        "REFUSED",
	16:                             "BADVERS",
}

// An answer is what a server says of a question. It has no records when the
// name, or what was asked of it, does not exist.
type answer struct {
	records              // of the answer section
	extra       records  // of the additional section
	negativeTTL lifetime // RFC 2308, section 5: how long it is certain that there is nothing
}

// records are those of one section; owners are in lower case.
type records struct {
	aliases   map[string]alias
	addresses map[string][]address
	services  []service
}

type alias struct {
	to  string
	ttl lifetime
}

type address struct {
	ip  netip.Addr
	ttl lifetime
}

// A service is an SRV record (RFC 2782).
type service struct {
	owner, target    string
	port             uint16
	priority, weight int
	ttl              lifetime
}

// A lifetime is a time to live, or that nothing has told one.
type lifetime struct {
	time.Duration
	known bool
}

// lifetimeOf reads the TTL of a record. One that would be negative is 0
// (RFC 2181, section 8).
func lifetimeOf(seconds uint32) lifetime {
	if seconds > 1<<31-1 {
		seconds = 0
	}
	return lifetime{time.Duration(seconds) * time.Second, true}
}

// least returns the shorter lifetime.
func (l lifetime) least(other lifetime) lifetime {
	if !l.known || other.known && other.Duration < l.Duration {
		return other
	}
	return l
}

// A question is what is asked of a server: records of a type of a name, which
// ends in a dot.
type question struct {
	name string
	kind dnsmessage.Type
}

// answers reports whether the header and question of a message are those of
// the answer to a query (RFC 5452, section 9.1).
func (q question) answers(b []byte, id uint16) (dnsmessage.Header, bool) {
	var p dnsmessage.Parser
	h, err := p.Start(b)
	if err != nil || h.ID != id || !h.Response || h.OpCode != 0 {
		return h, false
	}
	asked, err := p.AllQuestions()
	if len(asked) == 0 && h.RCode != dnsmessage.RCodeSuccess && h.RCode != dnsmessage.RCodeNameError {
		return h, true // who cannot read the question cannot repeat it
	}
	return h, err == nil && len(asked) == 1 && asked[0].Class == dnsmessage.ClassINET &&
		asked[0].Type == q.kind && strings.EqualFold(asked[0].Name.String(), q.name)
}

// parse reads a whole message whose header and question were found to fit. It
// returns an rcodeError if there is none, and other errors for messages that
// cannot be read or do not answer.
func parse(b []byte) (*answer, error) {
	var p dnsmessage.Parser
	header, err := p.Start(b)
	if err != nil {
		return nil, err
	}
	if err := p.SkipAllQuestions(); err != nil {
		return nil, err
	}
	a := &answer{}
	if err := a.read(section{p.AnswerHeader, p.SkipAnswer, &p}); err != nil {
		return nil, err
	}
	if err := a.readAuthority(&p); err != nil {
		return nil, err
	}
	rcode := header.RCode
	if err := a.extra.readAdditional(&p, &rcode); err != nil {
		return nil, err
	}
	switch {
	case rcode == dnsmessage.RCodeNameError && len(a.aliases) == 0:
		return &answer{negativeTTL: a.negativeTTL}, nil
	case rcode == dnsmessage.RCodeNameError: // the end of the chain does not exist
		return &answer{records: records{aliases: a.aliases}, negativeTTL: a.negativeTTL}, nil
	case rcode != dnsmessage.RCodeSuccess:
		return nil, rcodeError(rcode)
	case !header.Authoritative && !header.RecursionAvailable && a.empty() && !a.negativeTTL.known:
		return nil, errLame
	}
	return a, nil
}

// A section is what reads the records of one.
type section struct {
	next func() (dnsmessage.ResourceHeader, error)
	skip func() error
	*dnsmessage.Parser
}

func (r *records) read(s section) error {
	for {
		h, err := s.next()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.readOne(h, s); err != nil {
			return err
		}
	}
}

// readOne reads a record of a kind that matters and skips others.
func (r *records) readOne(h dnsmessage.ResourceHeader, s section) error {
	if h.Class != dnsmessage.ClassINET {
		return s.skip()
	}
	owner, ttl := lower(h.Name), lifetimeOf(h.TTL)
	switch h.Type {
	case dnsmessage.TypeA:
		body, err := s.AResource()
		if err != nil {
			return err
		}
		r.add(owner, address{netip.AddrFrom4(body.A), ttl})
	case dnsmessage.TypeAAAA:
		body, err := s.AAAAResource()
		if err != nil {
			return err
		}
		r.add(owner, address{netip.AddrFrom16(body.AAAA).Unmap(), ttl})
	case dnsmessage.TypeCNAME:
		body, err := s.CNAMEResource()
		if err != nil {
			return err
		}
		if r.aliases == nil {
			r.aliases = make(map[string]alias)
		}
		r.aliases[owner] = alias{lower(body.CNAME), ttl}
	case dnsmessage.TypeSRV:
		body, err := s.SRVResource()
		if err != nil {
			return err
		}
		r.services = append(r.services, service{
			owner: owner, target: lower(body.Target), port: body.Port,
			priority: int(body.Priority), weight: int(body.Weight), ttl: ttl,
		})
	default:
		return s.skip()
	}
	return nil
}

func (r *records) add(owner string, a address) {
	if r.addresses == nil {
		r.addresses = make(map[string][]address)
	}
	r.addresses[owner] = append(r.addresses[owner], a)
}

func (r *records) empty() bool {
	return len(r.aliases) == 0 && len(r.addresses) == 0 && len(r.services) == 0
}

// readAuthority reads how long a negative answer holds.
func (a *answer) readAuthority(p *dnsmessage.Parser) error {
	for {
		h, err := p.AuthorityHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Type != dnsmessage.TypeSOA {
			if err := p.SkipAuthority(); err != nil {
				return err
			}
			continue
		}
		soa, err := p.SOAResource()
		if err != nil {
			return err
		}
		a.negativeTTL = lifetimeOf(h.TTL).least(lifetimeOf(soa.MinTTL))
	}
}

// readAdditional also completes the code, whose upper bits are in a record of
// their own (RFC 6891, section 6.1.3).
func (r *records) readAdditional(p *dnsmessage.Parser, code *dnsmessage.RCode) error {
	s := section{p.AdditionalHeader, p.SkipAdditional, p}
	s.next = func() (dnsmessage.ResourceHeader, error) {
		h, err := p.AdditionalHeader()
		if err == nil && h.Type == dnsmessage.TypeOPT {
			*code = h.ExtendedRCode(*code)
		}
		return h, err
	}
	return r.read(s)
}

// addressesOf returns the addresses that the records have for a name, each
// once, and the lifetime of all that was used to find them. Aliases are
// followed.
func (r *records) addressesOf(name string) (found []netip.Addr, ttl lifetime) {
	name, ttl = r.follow(name)
	for _, a := range r.addresses[name] {
		ttl = ttl.least(a.ttl)
		if usable(a.ip) {
			found = append(found, a.ip)
		}
	}
	return once(found), ttl
}

// servicesOf returns the services that the records have for a name.
func (r *records) servicesOf(name string) (found []service, ttl lifetime) {
	name, ttl = r.follow(name)
	for _, s := range r.services {
		if s.owner != name {
			continue
		}
		ttl = ttl.least(s.ttl)
		// The root as target says that there is decidedly no such service.
		if s.target != "." && s.port != 0 {
			found = append(found, s)
		}
	}
	return found, ttl
}

// follow returns the name at the end of a chain of aliases. A chain that has
// no end leads nowhere.
func (r *records) follow(name string) (end string, ttl lifetime) {
	name = strings.ToLower(name)
	for range maxAliases {
		a, ok := r.aliases[name]
		if !ok {
			return name, ttl
		}
		name, ttl = a.to, ttl.least(a.ttl)
	}
	return "", ttl
}

// usable reports whether something can be reached at an address as it is.
// Some servers answer 0.0.0.0 for names that they block, which would be this
// machine.
func usable(ip netip.Addr) bool {
	return !ip.IsUnspecified() && !ip.IsMulticast() && !(ip.Is6() && ip.IsLinkLocalUnicast()) &&
		ip != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// once orders addresses and leaves out those that are there already.
func once(all []netip.Addr) []netip.Addr {
	slices.SortFunc(all, netip.Addr.Compare)
	return slices.Compact(all)
}

func lower(n dnsmessage.Name) string { return strings.ToLower(n.String()) }
