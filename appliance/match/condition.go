// SPDX-License-Identifier: Apache-2.0

package match

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
)

// A Condition is an expression in CEL over the request that is true or false:
//
//	request.method, request.host, request.path, request.scheme   strings
//	request.headers, request.query, request.cookies              maps of strings
//	client.ip                                                    string
//	client.ip.inNetwork("10.0.0.0/8")                            bool
//	request.cookies["user"].hashPercent()                        number from 0 up to 100
//
// The host has no port, the path is the clean one, and names of headers are in
// small letters. A header that came several times is one list with commas; of
// a parameter or cookie the first counts. Asking for a name that is not there
// is an error, and an error is no match; "x" in request.query asks first. There
// are the functions of CEL's standard library and of its strings extension;
// replace and join put in literal texts only.
type Condition string

// MaxCondition is the length in bytes of the longest condition.
const MaxCondition = 4096

// SchemaFormat names the syntax.
func (Condition) SchemaFormat() string { return "cel" }

// Check says what is wrong with the condition, and where.
func (c Condition) Check() error {
	_, _, err := c.check()
	return err
}

// Compile prepares the condition for requests; its errors are those of Check.
func (c Condition) Compile() (*Program, error) {
	env, ast, err := c.check()
	if err != nil {
		return nil, err
	}
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(MaxCost))
	if err != nil {
		return nil, fmt.Errorf("condition cannot be compiled: %w", err)
	}
	return &Program{program: program}, nil
}

func (c Condition) check() (*cel.Env, *cel.Ast, error) {
	switch {
	case strings.TrimSpace(string(c)) == "":
		return nil, nil, errors.New("must not be empty; leave the condition out to match every request")
	case len(c) > MaxCondition:
		return nil, nil, fmt.Errorf("a condition has at most %d characters, this one has %d", MaxCondition, len(c))
	case !utf8.ValidString(string(c)):
		return nil, nil, errors.New("must be UTF-8")
	}
	env, err := environment()
	if err != nil {
		return nil, nil, fmt.Errorf("set up CEL: %w", err)
	}
	ast, issues := env.Compile(string(c))
	if issues.Err() != nil {
		return nil, nil, firstIssue(string(c), issues)
	}
	if t := ast.OutputType(); t != cel.BoolType {
		return nil, nil, fmt.Errorf(`must be true or false, is a value of type %s; compare it with something, such as request.method == "GET"`, t)
	}
	return env, ast, nil
}

// firstIssue puts the first of the issues on one line. The others often
// follow from it.
func firstIssue(source string, issues *cel.Issues) error {
	first := issues.Errors()[0]
	message, _, _ := strings.Cut(first.Message, "\n")
	message = strings.TrimSuffix(message, " (in container '')")
	where := ""
	if at := first.Location; at.Column() >= 0 { // some errors are of the whole
		where = fmt.Sprintf("column %d: ", at.Column()+1)
		if strings.Contains(source, "\n") {
			where = fmt.Sprintf("line %d, %s", at.Line(), where)
		}
	}
	return fmt.Errorf("must be an expression in CEL; %s%s", where, inWords(message))
}

// syntaxErrors are the parser's messages and what they say to people.
var syntaxErrors = []struct {
	pattern *regexp.Regexp
	words   string
}{
	{regexp.MustCompile(`^Syntax error: mismatched input '<EOF>' .*`), "the expression ends too early"},
	{regexp.MustCompile(`^Syntax error: (?:mismatched|extraneous) input ('.*') expecting .*`), "$1 does not belong here"},
	{regexp.MustCompile(`^Syntax error: missing ('.*') at '<EOF>'`), "$1 is missing at the end"},
	{regexp.MustCompile(`^Syntax error: token recognition error at: '= .*`), "= means nothing; two values are compared with =="},
	{regexp.MustCompile(`^Syntax error: token recognition error at: '(['"].*)'`), "the text $1 has no closing quote"},
	{regexp.MustCompile(`^Syntax error: token recognition error at: ('.*')`), "$1 means nothing here"},
}

func inWords(message string) string {
	for _, e := range syntaxErrors {
		if e.pattern.MatchString(message) {
			return e.pattern.ReplaceAllString(message, e.words)
		}
	}
	return message
}
