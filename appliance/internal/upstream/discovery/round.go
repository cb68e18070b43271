// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// A round is a number of questions that are asked of the same servers. Each
// round begins with the first server; within one, a server that has answered
// is asked before those that have not.
type round struct {
	servers []netip.AddrPort
	timeout time.Duration // for each server
	proven  atomic.Int32  // index of the server that has answered last
}

// ask asks the servers one by one until one of them answers. The error says
// what each of them did.
func (r *round) ask(ctx context.Context, q question) (a *answer, server string, err error) {
	var failed []string
	proven := int(r.proven.Load())
	for i := range r.servers {
		// The proven one, then the others in their order.
		switch {
		case i == 0:
			i = proven
		case i <= proven:
			i--
		}
		at := r.servers[i]
		if a, err = exchange(ctx, at, q, r.timeout); err == nil {
			r.proven.Store(int32(i))
			return a, at.String(), nil
		}
		failed = append(failed, fmt.Sprintf("%s: %v", at, err))
		if ctx.Err() != nil {
			break
		}
	}
	return nil, "", fmt.Errorf("%s of %q: %s", typeName(q.kind), q.name, strings.Join(failed, "; "))
}

// Addresses of one kind, or why it is not known whether there are any.
type addresses struct {
	kind          dnsmessage.Type
	found         []netip.Addr
	ttl, negative lifetime
	server        string
	err           error
}

// addresses asks for all kinds together.
func (r *round) addresses(ctx context.Context, name string, kinds []dnsmessage.Type) []addresses {
	all := make([]addresses, len(kinds))
	var group sync.WaitGroup
	for i, kind := range kinds {
		group.Go(func() {
			a, server, err := r.ask(ctx, question{name, kind})
			all[i] = addresses{kind: kind, server: server, err: err}
			if err == nil {
				all[i].found, all[i].ttl = a.addressesOf(name)
				all[i].negative = a.negativeTTL
			}
		})
	}
	group.Wait()
	return all
}

func typeName(t dnsmessage.Type) string {
	switch t {
	case dnsmessage.TypeA:
		return "A"
	case dnsmessage.TypeAAAA:
		return "AAAA"
	}
	return "SRV"
}
