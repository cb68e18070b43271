// SPDX-License-Identifier: Apache-2.0

// Package plugin is the contract between the gateway and its plugins.
//
// A plugin is one folder: a Config that declares its settings, and a runtime
// that implements the phases it takes part in. A phase that no plugin of a
// route implements costs a request nothing.
//
//	//go:embed README.md
//	var readme string
//
//	// Spec declares example, which ...
//	var Spec = plugin.Define("example", readme, func() Config { return Config{Status: 429} })
//
//	type Config struct { ... }                              // see package schema for the tags
//	func (c *Config) Validate() error                       // rules across fields, called at plan time too
//	func (c *Config) New(env *plugin.Env) (any, error)      // the runtime, once for each place it applies
package plugin

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A Config is what *C must be for C to be a plugin's settings.
type Config[C any] interface {
	*C
	Validate() error
	New(env *Env) (any, error)
}

// A Spec declares a plugin.
type Spec struct {
	Name   string // snake_case, as configurations write it
	Readme string // its documentation, in Markdown
	Type   *schema.Type

	build func(config any, env *Env) (any, error)
}

// Define declares a plugin whose settings are a C. The runtime that C's New
// returns implements one or more phases, and io.Closer if it holds anything.
func Define[C any, P Config[C]](name, readme string, defaults func() C) *Spec {
	return &Spec{
		Name:   name,
		Readme: readme,
		Type:   schema.Of(defaults),
		build:  func(config any, env *Env) (any, error) { return P(config.(*C)).New(env) },
	}
}

// Summary returns the first paragraph of the documentation, without its title.
func (s *Spec) Summary() string {
	for paragraph := range strings.SplitSeq(s.Readme, "\n\n") {
		if p := strings.TrimSpace(paragraph); p != "" && !strings.HasPrefix(p, "#") {
			return strings.ReplaceAll(p, "\n", " ")
		}
	}
	return ""
}

// Decode reads and checks settings; the result is a pointer to the plugin's
// Config. Errors are schema.Errors.
func (s *Spec) Decode(settings json.RawMessage) (any, error) {
	config := s.Type.New()
	if err := s.Type.Decode(settings, config, schema.Complete); err != nil {
		return nil, err
	}
	return config, nil
}

// New builds the runtime from settings.
func (s *Spec) New(settings json.RawMessage, env *Env) (any, error) {
	config, err := s.Decode(settings)
	if err != nil {
		return nil, err
	}
	runtime, err := s.build(config, env)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	return runtime, nil
}
