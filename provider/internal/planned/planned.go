// SPDX-License-Identifier: Apache-2.0

// Package planned keeps what one run of Terraform plans.
//
// Terraform asks the provider for the plan of each object by itself, and the
// gateway can judge only what it has now. What the objects of one plan mean
// for each other is judged here: a route may refer to an upstream that is
// planned with it, and two planned routes may not want the same requests.
package planned

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A Plan is what has been planned so far in one run. The zero Plan is empty
// and ready to use, by several goroutines at once.
type Plan struct {
	mu      sync.Mutex
	puts    map[api.Key]Put
	held    map[api.Key]int // how many resources have the object in the state, and keep it
	creates map[api.Key]int
	deletes map[api.Key]bool
	read    map[api.Key]bool
	claims  map[string]map[api.Key]bool
	waits   map[api.Key]map[api.Key]bool // what each object waits for
}

// A Put is an object as it will be.
type Put struct {
	Claims  []string
	Refs    []schema.Reference
	Changes bool // whether the gateway's object is something else now
}

// A Conflict is a claim that another planned object has too.
type Conflict struct {
	Other api.Key
	Claim string
}

// A Dangling is a reference to what the plan deletes.
type Dangling struct {
	Other api.Key
	Path  string // of the reference, in the object that refers
}

// Read notes that the state has the object: Terraform reads what it manages.
func (p *Plan) Read(key api.Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	set(&p.read, key)
}

// WasRead reports whether Terraform has read the object in this run, so that
// creating it means to replace it, unless something else keeps or deletes it.
func (p *Plan) WasRead(key api.Key) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.read[key]
}

// Put notes that the object will be as planned, and returns how it clashes
// with what was planned before it: one conflict for each other object.
func (p *Plan) Put(key api.Key, put Put) (conflicts []Conflict, dangling []Dangling) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.puts[key].Claims {
		delete(p.claims[c], key)
	}
	if p.puts == nil {
		p.puts, p.claims = make(map[api.Key]Put), make(map[string]map[api.Key]bool)
	}
	p.puts[key] = put
	delete(p.waits, key)
	told := make(map[api.Key]bool)
	for _, c := range put.Claims {
		for _, other := range sorted(p.claims[c]) {
			if !told[other] {
				told[other] = true
				conflicts = append(conflicts, Conflict{other, c})
			}
		}
		if p.claims[c] == nil {
			p.claims[c] = make(map[api.Key]bool)
		}
		p.claims[c][key] = true
	}
	for _, r := range put.Refs {
		if to := (api.Key{Kind: r.Kind, ID: r.ID}); p.goes(to) {
			dangling = append(dangling, Dangling{to, r.Path})
		}
	}
	return conflicts, dangling
}

// Hold notes that a resource has the object in the state and keeps it, and
// reports whether another resource has it too, or makes it.
func (p *Plan) Hold(key api.Key) (twice bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		p.held = make(map[api.Key]int)
	}
	p.held[key]++
	return p.held[key] > 1 || p.creates[key] > 0
}

// Create notes that a resource which does not have the object in the state
// will make it, and reports whether another one has it or makes it, and
// whether the plan deletes it.
func (p *Plan) Create(key api.Key) (twice, deleted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.creates == nil {
		p.creates = make(map[api.Key]int)
	}
	p.creates[key]++
	return p.creates[key] > 1 || p.held[key] > 0, p.deletes[key]
}

// Delete notes that the object will go, and returns the planned objects that
// refer to it, and whether another resource makes it.
func (p *Plan) Delete(key api.Key) (users []api.Key, created bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	set(&p.deletes, key)
	return p.users(key), p.creates[key] > 0
}

// users returns what is planned to refer to an object that goes.
func (p *Plan) users(key api.Key) []api.Key {
	users := make(map[api.Key]bool)
	if p.goes(key) {
		for user, put := range p.puts {
			for _, r := range put.Refs {
				if r.Kind == key.Kind && r.ID == key.ID {
					users[user] = true
				}
			}
		}
	}
	return sorted(users)
}

// Has reports whether the object will exist once the plan is applied, as far
// as the plan alone tells.
func (p *Plan) Has(key api.Key) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.puts[key]
	return ok
}

// Changes reports whether the plan changes or deletes the object, so that what
// it holds now says nothing of what it will hold.
func (p *Plan) Changes(key api.Key) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.puts[key].Changes || p.goes(key)
}

func (p *Plan) goes(key api.Key) bool {
	_, stays := p.puts[key]
	return p.deletes[key] && !stays
}

func set(m *map[api.Key]bool, key api.Key) {
	if *m == nil {
		*m = make(map[api.Key]bool)
	}
	(*m)[key] = true
}

func sorted(keys map[api.Key]bool) []api.Key {
	return slices.SortedFunc(maps.Keys(keys), func(a, b api.Key) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
}
