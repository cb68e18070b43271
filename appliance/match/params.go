// SPDX-License-Identifier: Apache-2.0

package match

import "strings"

// A Param is what a request has in the place of a parameter.
type Param struct {
	Name  string `json:"name"`
	Value string `json:"value"` // percent-encoded as in the clean path, so that it can be put into another path
}

// Params are parameters in the order of the pattern.
type Params []Param

// Get returns the value of a parameter, or "".
func (ps Params) Get(name string) string {
	for _, p := range ps {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// Matches reports whether the pattern matches a path as CleanPath returns it.
func (p *Path) Matches(clean string) bool {
	if p.Regexp != nil {
		return clean != "*" && strings.HasPrefix(clean, p.Literal) && p.Regexp.MatchString(clean)
	}
	_, ok := p.walk(clean, nil)
	return ok
}

// Params returns the values of the pattern's parameters, or of a regular
// expression's named groups, in a path that the pattern matches. It allocates
// only if there are any.
func (p *Path) Params(clean string) Params {
	if !p.params {
		return nil
	}
	if p.Regexp == nil {
		params, _ := p.walk(clean, make(Params, 0, len(p.Segments)))
		return params
	}
	var params Params
	groups := p.Regexp.FindStringSubmatch(clean)
	for i, name := range p.Regexp.SubexpNames() {
		if name != "" && i < len(groups) {
			params = append(params, Param{name, groups[i]})
		}
	}
	return params
}

// walk compares segment by segment and collects parameters unless it is
// given nil to put them in.
func (p *Path) walk(clean string, into Params) (Params, bool) {
	if clean == "" || clean[0] != '/' {
		return nil, false
	}
	at := 1 // where the next segment begins; beyond the end there is none
	for i := range p.Segments {
		if at > len(clean) {
			return nil, false
		}
		text, _, _ := strings.Cut(clean[at:], "/")
		at += len(text) + 1
		switch s := &p.Segments[i]; {
		case s.Param == "":
			if s.Literal != text {
				return nil, false
			}
		case text == "":
			return nil, false
		case into != nil:
			into = append(into, Param{s.Param, text})
		}
	}
	return into, p.Prefix || at > len(clean)
}
