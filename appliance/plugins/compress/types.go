// SPDX-License-Identifier: Apache-2.0

package compress

import (
	"fmt"
	"regexp"
	"strings"
)

// A MediaRange is a media type ("text/html"), all of a kind ("text/*"), or all
// with a structured suffix ("*+json").
type MediaRange string

// SchemaFormat names the syntax.
func (MediaRange) SchemaFormat() string { return "media_range" }

var mediaRange = regexp.MustCompile(`^([a-z0-9!#$&^_.+-]+/(\*|[a-z0-9!#$&^_.+-]+)|\*\+[a-z0-9-]+)$`)

// Check says what is wrong with the range.
func (m MediaRange) Check() error {
	if !mediaRange.MatchString(string(m)) {
		return fmt.Errorf(`must be a media type in small letters such as "text/html", "text/*" or "*+json"; is %q`, string(m))
	}
	return nil
}

// A typeSet is a set of media ranges, split by how they match.
type typeSet struct {
	types, kinds, suffixes map[string]bool
}

func newTypeSet(ranges []MediaRange) *typeSet {
	s := &typeSet{types: map[string]bool{}, kinds: map[string]bool{}, suffixes: map[string]bool{}}
	for _, m := range ranges {
		if kind, ok := strings.CutSuffix(string(m), "/*"); ok {
			s.kinds[kind] = true
		} else if suffix, ok := strings.CutPrefix(string(m), "*+"); ok {
			s.suffixes[suffix] = true
		} else {
			s.types[string(m)] = true
		}
	}
	return s
}

// has reports whether a Content-Type is in the set.
func (s *typeSet) has(contentType string) bool {
	name, _, _ := strings.Cut(contentType, ";")
	name = strings.ToLower(strings.Trim(name, " \t"))
	kind, subtype, ok := strings.Cut(name, "/")
	if !ok {
		return false
	}
	suffix := subtype[strings.LastIndexByte(subtype, '+')+1:]
	return s.types[name] || s.kinds[kind] || len(suffix) < len(subtype) && s.suffixes[suffix]
}
