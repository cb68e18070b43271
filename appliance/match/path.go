// SPDX-License-Identifier: Apache-2.0

package match

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// A PathPattern is an exact path, a prefix ("/a/*"), a path with parameters
// ("/a/{id}"), or a regular expression after "~". The package comment says
// what each matches.
type PathPattern string

// SchemaFormat names the syntax.
func (PathPattern) SchemaFormat() string { return "path_pattern" }

// Check says what is wrong with the pattern.
func (p PathPattern) Check() error {
	_, err := p.Parse()
	return err
}

// Canonical returns the one spelling of all patterns that match the same
// paths: names of parameters do not count. Regular expressions are compared
// as text. A pattern that fails Check is returned as it is.
func (p PathPattern) Canonical() string {
	parsed, err := p.Parse()
	if err != nil {
		return string(p)
	}
	return parsed.String()
}

// A Segment is what stands between two slashes of a pattern: a text, or a
// parameter.
type Segment struct {
	Literal string // as CleanPath returns it
	Param   string // the parameter's name; then Literal is ""
}

// A Path is a parsed PathPattern: segments, or a regular expression.
type Path struct {
	Segments []Segment      // "/" has one, which is empty
	Prefix   bool           // "/*" follows the segments
	Regexp   *regexp.Regexp // anchored at the beginning; nil where there are segments
	Literal  string         // what every match of Regexp begins with

	canonical string
	params    bool
}

// String returns the canonical pattern.
func (p *Path) String() string { return p.canonical }

// Parse reads the pattern; its errors are those of Check.
func (p PathPattern) Parse() (*Path, error) {
	s := string(p)
	if len(s) > MaxPattern {
		return nil, fmt.Errorf("a path pattern has at most %d characters, this one has %d", MaxPattern, len(s))
	}
	if text, ok := strings.CutPrefix(s, "~"); ok {
		return parseRegexp(text)
	}
	if !strings.HasPrefix(s, "/") {
		return nil, fmt.Errorf(`must begin with "/", or with "~^/" for a regular expression; is %q`, clip(s))
	}
	path := &Path{}
	rest, prefix := strings.CutSuffix(s, "/*")
	path.Prefix = prefix
	if !prefix || rest != "" {
		for text := range strings.SplitSeq(rest[1:], "/") {
			segment, err := parseSegment(text)
			if err != nil {
				return nil, fmt.Errorf("%w; is %q", err, clip(s))
			}
			if err := path.add(segment); err != nil {
				return nil, fmt.Errorf("%w; is %q", err, clip(s))
			}
		}
	}
	if err := path.checkEmpty(); err != nil {
		return nil, fmt.Errorf("%w; is %q", err, clip(s))
	}
	path.canonical = path.spell()
	return path, nil
}

func parseSegment(text string) (Segment, error) {
	if name, ok := strings.CutPrefix(text, "{"); ok && strings.HasSuffix(name, "}") {
		if name = name[:len(name)-1]; !isParamName(name) {
			return Segment{}, errors.New(`a parameter is named with letters, digits and underscores, such as "{user_id}"`)
		}
		return Segment{Param: name}, nil
	}
	if strings.ContainsAny(text, "{}") {
		return Segment{}, errors.New(`a parameter is a whole segment, such as "/{id}/"; for a part of one use a regular expression after "~"; a literal brace is written %7B or %7D`)
	}
	if strings.Contains(text, "*") {
		return Segment{}, errors.New(`"*" may only stand at the end, after a slash; for one segment write "{name}"; a literal "*" is written %2A`)
	}
	clean, err := CleanPath("/" + text)
	if err != nil {
		refusal, _ := errors.AsType[*PathError](err)
		return Segment{}, fmt.Errorf("no request can match it: requests are refused whose path %s", refusal.Reason)
	}
	return Segment{Literal: clean[1:]}, nil
}

func isParamName(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

func (p *Path) add(segment Segment) error {
	if segment.Param != "" {
		p.params = true
		for _, other := range p.Segments {
			if other.Param == segment.Param {
				return fmt.Errorf("has the parameter {%s} twice; parameters have different names", segment.Param)
			}
		}
	}
	p.Segments = append(p.Segments, segment)
	return nil
}

// checkEmpty allows an empty segment only after the last slash.
func (p *Path) checkEmpty() error {
	for i, s := range p.Segments {
		if s == (Segment{}) && (p.Prefix || i < len(p.Segments)-1) {
			return errors.New(`must not have "//": a run of slashes in a request counts as one`)
		}
	}
	return nil
}

func (p *Path) spell() string {
	var b strings.Builder
	for _, s := range p.Segments {
		b.WriteByte('/')
		if s.Param != "" {
			b.WriteString("{}")
		} else {
			b.WriteString(strings.ReplaceAll(s.Literal, "*", "%2A"))
		}
	}
	if p.Prefix {
		b.WriteString("/*")
	}
	return b.String()
}

// parseRegexp compiles what stands after "~". Its "^" holds for all
// alternatives: "^/a|/b" does not match "/x/b".
func parseRegexp(text string) (*Path, error) {
	rest, ok := strings.CutPrefix(text, "^")
	if !ok {
		return nil, fmt.Errorf(`a regular expression begins with "^": write "~^/..." for paths that begin so, or "~^.*..." to match anywhere; is %q`, clip("~"+text))
	}
	re, err := regexp.Compile(rest)
	if err != nil {
		return nil, fmt.Errorf("must be a regular expression in RE2 syntax after \"~\": %w", err)
	}
	literal, _ := re.LiteralPrefix()
	if re, err = regexp.Compile("^(?:" + rest + ")"); err != nil {
		return nil, fmt.Errorf("must be a regular expression in RE2 syntax after \"~\": %w", err)
	}
	path := &Path{Regexp: re, Literal: literal, canonical: "~" + text}
	for _, name := range re.SubexpNames() {
		path.params = path.params || name != ""
	}
	return path, nil
}
