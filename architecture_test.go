// SPDX-License-Identifier: Apache-2.0

// Package penstock_test holds the rules that the source tree keeps: who may
// import whom, and what every file owes its reader. architecture_rules_test.go
// lists them with their reasons; architecture_check_test.go holds one checker
// a rule; architecture_fail_test.go shows that each of them can fail.
package penstock_test

import (
	"testing"
)

const module = "github.com/penstock-gateway/terraform-provider-penstock"

func TestImportsRunOneWay(t *testing.T) {
	for _, f := range goTree(t) {
		report(t, checkImports(f, importRules))
		report(t, checkBannedImports(f, bannedImports))
	}
}

func TestGoFiles(t *testing.T) {
	for _, f := range goTree(t) {
		report(t, checkLicenceLine(f))
		report(t, checkLength(f, maxLines))
		report(t, checkNoInit(f))
		report(t, checkPackageName(f, bannedPackageNames))
	}
}

func TestPackageComments(t *testing.T) {
	report(t, checkPackageComments(goTree(t)))
}

func TestTexts(t *testing.T) {
	texts := textTree(t)
	if len(texts) == 0 {
		t.Fatal("no files found: the walk is broken")
	}
	for path, text := range texts {
		report(t, checkText(path, text, bannedText))
	}
}

func report(t *testing.T, violations []string) {
	t.Helper()
	for _, v := range violations {
		t.Error(v)
	}
}
