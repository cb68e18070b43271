// SPDX-License-Identifier: Apache-2.0

package match

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// networkLiterals refuses, where a condition is checked, a network that
// inNetwork could not read.
type networkLiterals struct{}

// Name tells validators apart.
func (networkLiterals) Name() string { return "penstock.network_literals" }

// Validate implements cel.ASTValidator.
func (networkLiterals) Validate(_ *cel.Env, _ cel.ValidatorConfig, a *ast.AST, issues *cel.Issues) {
	for arg := range arguments(a, inNetworkName, 0) {
		if s, ok := literal(arg); ok {
			if _, err := ParseNetwork(s); err != nil {
				issues.ReportErrorAtID(arg.ID(), "%s", err)
			}
		}
	}
}

// fixedGrowth refuses to put one text of a request into another many times:
// the cost of that is known only when the memory is gone.
type fixedGrowth struct{}

// Name tells validators apart.
func (fixedGrowth) Name() string { return "penstock.fixed_growth" }

// Validate implements cel.ASTValidator.
func (fixedGrowth) Validate(_ *cel.Env, _ cel.ValidatorConfig, a *ast.AST, issues *cel.Issues) {
	for arg := range arguments(a, "replace", 1) {
		if _, ok := literal(arg); !ok {
			issues.ReportErrorAtID(arg.ID(), "the replacement must be a text in quotes")
		}
	}
	for arg := range arguments(a, "join", 0) {
		if _, ok := literal(arg); !ok {
			issues.ReportErrorAtID(arg.ID(), "the separator must be a text in quotes")
		}
	}
}

// arguments yields the n-th argument of every call of a function that has one.
func arguments(a *ast.AST, function string, n int) func(yield func(ast.Expr) bool) {
	return func(yield func(ast.Expr) bool) {
		for _, call := range ast.MatchDescendants(ast.NavigateAST(a), ast.FunctionMatcher(function)) {
			if args := call.AsCall().Args(); n < len(args) && !yield(args[n]) {
				return
			}
		}
	}
}

func literal(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}
