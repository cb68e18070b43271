// SPDX-License-Identifier: Apache-2.0

// Package api declares the kinds of object that make up a cluster's
// configuration. It is data only: what a kind means at run time is built by
// the packages that compile it.
package api

import (
	"encoding/json"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Meta is what every object has.
type Meta struct {
	ID          string            `json:"id" check:"format=id" doc:"Name of the object, chosen by you and unique among objects of its kind. Changing it makes another object."`
	Description string            `json:"description,omitzero" check:"max=1024" doc:"Free text for people."`
	Labels      map[string]string `json:"labels,omitzero" check:"max=64,keys=label,each.max=256" doc:"Free names and values for people and programs to find objects by."`
}

// Plugins are settings of plugins by plugin name.
type Plugins map[string]json.RawMessage

// SchemaCatalogue says who knows the fields: the plugins built into the appliance.
func (Plugins) SchemaCatalogue() string { return "plugins" }

// Identity returns the object's id.
func (m *Meta) Identity() string { return m.ID }

// PluginSet is an object that carries plugins.
type PluginSet interface {
	PluginSettings() Plugins
}

// Claimer is an object that holds names which no other object of the cluster may hold.
type Claimer interface {
	Claims() []string
}

// A Kind describes one kind of object to all surfaces.
type Kind struct {
	Name      string // singular, such as "route"
	Plural    string // in paths and files, such as "routes"
	Doc       string // what it is, in a sentence or two
	Singleton string // the only id it may have, "" if there may be many
	Type      *schema.Type

	// Reported says that programs tell such objects as they come and go, and
	// nobody plans them: Terraform has no resource for them. What they refer to
	// must exist when they are written and may be deleted all the same, for who
	// owns it does not own them.
	Reported bool
}

// Kinds lists every kind in the order in which objects can be created:
// nothing refers to a kind that comes later.
func Kinds() []*Kind { return kinds }

// KindOf returns the kind with a singular or plural name, or nil.
func KindOf(name string) *Kind {
	for _, k := range kinds {
		if k.Name == name || k.Plural == name {
			return k
		}
	}
	return nil
}

// New returns a pointer to a fresh object of the kind, such as a *Route.
func (k *Kind) New() any { return k.Type.New() }
