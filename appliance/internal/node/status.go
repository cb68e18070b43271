// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// noConfiguration is why a node is not ready before its first configuration.
const noConfiguration = "no configuration yet"

// Ready says why the node is not ready to take traffic, or "".
func (n *Node) Ready() string {
	n.mu.Lock()
	ready, ended := n.ready, n.ended
	n.mu.Unlock()
	switch {
	case !ready:
		return noConfiguration
	case ended:
		return "the node is stopping"
	}
	return n.deaf()
}

// deaf says which listeners are wanted if none of them is open, or "".
func (n *Node) deaf() string {
	if len(n.Addresses()) > 0 {
		return ""
	}
	var wanted []string
	for _, p := range n.Problems().Problems {
		if p.Kind == api.KindListener && !slices.Contains(wanted, p.ID) {
			wanted = append(wanted, p.ID)
		}
	}
	if len(wanted) == 0 {
		return ""
	}
	return "no listener is open: " + strings.Join(wanted, ", ")
}

// Addresses returns where the node listens, by listener.
func (n *Node) Addresses() map[string]string { return n.listeners.addresses() }

// Revision returns the revision that the node serves.
func (n *Node) Revision() int64 { return n.proxy.Current().Revision }

// WaitApplied waits until the node serves a revision or a later one, on its
// listeners too, and has told of it.
func (n *Node) WaitApplied(ctx context.Context, revision int64) error {
	for {
		n.mu.Lock()
		changed, have, ready := n.applied, n.have, n.ready
		n.mu.Unlock()
		if ready && have >= revision {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("the node serves revision %d, not %d: %w", have, revision, context.Cause(ctx))
		}
	}
}

// Problems returns what is wrong with the configuration that the node serves.
func (n *Node) Problems() api.ProblemsBody {
	s := n.proxy.Current()
	return api.ProblemsBody{Revision: s.Revision, Problems: slices.Concat([]api.Problem{}, s.Problems, n.listeners.problems())}
}

// Match tells which route would take a request.
func (n *Node) Match(m api.MatchRequest) (api.MatchResult, error) {
	request, client, err := requestOf(m)
	if err != nil {
		return api.MatchResult{}, err
	}
	current := n.proxy.Current()
	why := current.Router.Explain(request, client)
	if why.Refused != "" {
		return api.MatchResult{}, errors.New("path: " + why.Refused)
	}
	var result api.MatchResult
	for _, c := range why.Considered {
		if c.Failed != "" {
			result.Rejected = append(result.Rejected, api.MatchRejected{Route: c.Route, Condition: c.Failed})
		}
	}
	entry := current.Router.Entry(why.Route)
	if entry == nil {
		return result, nil
	}
	r := entry.Value
	result.Route, result.Service, result.Upstream, result.Plugins = r.Info.ID, r.Info.Service, r.Info.Upstream, r.Chain.Names
	for _, p := range why.Params {
		if result.Params == nil {
			result.Params = make(map[string]string)
		}
		result.Params[p.Name] = p.Value
	}
	return result, nil
}

// requestOf makes the request that is described.
func requestOf(m api.MatchRequest) (*message.Request, netip.Addr, error) {
	r := &message.Request{Proto: message.HTTP11, Method: m.Method, Scheme: m.Scheme, Host: m.Host, Listener: m.Listener}
	if r.Method == "" {
		r.Method = "GET"
	}
	if r.Scheme == "" {
		r.Scheme = "http"
	}
	if !strings.HasPrefix(m.Path, "/") {
		return nil, netip.Addr{}, errors.New(`path must begin with "/"`)
	}
	r.Path, r.Query, r.HasQuery = strings.Cut(m.Path, "?")
	for name, value := range m.Headers {
		r.Header.Add(name, value)
	}
	if m.GRPC {
		r.Proto, r.Method = message.HTTP2, "POST"
		r.Header.Set("content-type", "application/grpc")
	}
	client := netip.IPv4Unspecified()
	if m.Client != "" {
		var err error
		if client, err = netip.ParseAddr(m.Client); err != nil {
			return nil, client, fmt.Errorf("client must be an IP address: %w", err)
		}
	}
	return r, client, nil
}
