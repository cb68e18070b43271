// SPDX-License-Identifier: Apache-2.0

// Package quoted finds references that are an id in quotes to an object which
// the same configuration makes.
//
// Terraform does not see such a reference, so it would create and delete the
// two objects in the order of luck. While Terraform validates, what comes from
// another resource is not known and an id in quotes is; once it plans, both
// look alike. So this is the time to tell them apart.
package quoted

import (
	"slices"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A Configuration is what has been validated of one. The zero Configuration
// notes nothing until it begins. It may be used by several goroutines at once.
type Configuration struct {
	mu      sync.Mutex
	begun   bool
	objects map[api.Key]bool
	users   map[api.Key][]User
}

// A User refers to an object.
type User struct {
	Object api.Key // its ID is "" if it is not known
	Path   string  // of the reference
}

// Begin forgets everything: a validation begins.
func (c *Configuration) Begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun, c.objects, c.users = true, make(map[api.Key]bool), make(map[api.Key][]User)
}

// End says that from now on, what comes from other resources is known too.
func (c *Configuration) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun = false
}

// Add notes an object, whose ID is "" if it is not known, and what it refers
// to. It returns the references to objects that were added before it, and who
// of them refers to it: of the two ends of a reference, the later one learns.
func (c *Configuration) Add(object api.Key, refs []schema.Reference) (mine []schema.Reference, users []User) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.begun {
		return nil, nil
	}
	if object.ID != "" {
		c.objects[object] = true
		users = slices.Clone(c.users[object])
	}
	for _, r := range refs {
		to := api.Key{Kind: r.Kind, ID: r.ID}
		c.users[to] = append(c.users[to], User{object, r.Path})
		if c.objects[to] {
			mine = append(mine, r)
		}
	}
	return mine, users
}
