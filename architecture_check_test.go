// SPDX-License-Identifier: Apache-2.0

package penstock_test

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An importRule grants packages under a pattern the imports they need.
//
// A pattern is a package path below the module in which a segment may be "*".
// In from it also covers everything beneath; in may it is that package alone,
// unless it ends in "/...".
type importRule struct {
	from string
	may  []string
	why  string
}

// A bannedImport keeps a tree free of packages with a prefix.
type bannedImport struct {
	within, prefix, why string
}

// A bannedPattern is a regular expression that no file may match.
type bannedPattern struct {
	pattern, why string
}

// checkImports reports the imports of this module that no rule grants.
func checkImports(f goFile, rules []importRule) []string {
	if f.test {
		return nil
	}
	rule, tree, ok := ruleFor(f.pkg, rules)
	if !ok {
		return []string{fmt.Sprintf("%s: no import rule covers package %s: add a row to importRules, with its reason", f.path, f.pkg)}
	}
	var found []string
	for _, imp := range ownImports(f) {
		if within(imp, tree) || slices.ContainsFunc(rule.may, func(p string) bool { return grants(p, imp) }) {
			continue
		}
		found = append(found, fmt.Sprintf("%s: %s may not import %s: %s", f.path, f.pkg, imp, rule.why))
	}
	return found
}

// checkBannedImports reports imports of foreign packages that a tree must do without.
func checkBannedImports(f goFile, bans []bannedImport) []string {
	var found []string
	for _, imp := range imports(f) {
		for _, ban := range bans {
			if within(f.pkg, ban.within) && strings.HasPrefix(imp, ban.prefix) {
				found = append(found, fmt.Sprintf("%s: nothing in %s/ may import %s: %s", f.path, ban.within, imp, ban.why))
			}
		}
	}
	return found
}

// checkLicenceLine wants the licence named on the first line of a written file.
func checkLicenceLine(f goFile) []string {
	if f.generated || strings.HasPrefix(f.text, "// SPDX-License-Identifier: Apache-2.0\n\n") {
		return nil
	}
	return []string{f.path + `: must begin with the line "// SPDX-License-Identifier: Apache-2.0" and an empty line`}
}

// checkLength reports written files, tests aside, of more than limit lines.
func checkLength(f goFile, limit int) []string {
	lines := strings.Count(f.text, "\n")
	if f.generated || f.test || lines <= limit {
		return nil
	}
	return []string{fmt.Sprintf("%s: %d lines, and %d is the limit: split it by idea", f.path, lines, limit)}
}

// checkNoInit reports init functions: what runs is called by somebody, by name.
func checkNoInit(f goFile) []string {
	if f.generated {
		return nil
	}
	var found []string
	for _, decl := range f.syntax.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			found = append(found, f.path+": no init functions: importing a package must do nothing, so let a caller call it")
		}
	}
	return found
}

// checkPackageName reports package and folder names that say nothing.
func checkPackageName(f goFile, banned map[string]string) []string {
	folder, name := path.Base(f.pkg), strings.TrimSuffix(f.syntax.Name.Name, "_test")
	for _, word := range []string{folder, name} {
		if why, ok := banned[word]; ok {
			return []string{fmt.Sprintf("%s: %q is no name for a package: %s", f.path, word, why)}
		}
	}
	return nil
}

// checkPackageComments wants a comment on one file of each package. Packages
// of only tests may have it in a test.
func checkPackageComments(files []goFile) []string {
	type comments struct{ code, inCode, inTests bool }
	packages := map[string]comments{}
	for _, f := range files {
		doc, name := f.syntax.Doc.Text(), f.syntax.Name.Name
		says := strings.HasPrefix(doc, "Package "+name+" ") || name == "main" && doc != ""
		p := packages[f.pkg]
		p.code = p.code || !f.test
		p.inCode = p.inCode || says && !f.test
		p.inTests = p.inTests || says && f.test
		packages[f.pkg] = p
	}
	var found []string
	for pkg, p := range packages {
		if !p.inCode && (p.code || !p.inTests) {
			found = append(found, pkg+`: no package comment: begin one with "Package `+path.Base(pkg)+` ", saying what the package is`)
		}
	}
	slices.Sort(found)
	return found
}

// checkText reports every line that matches a banned pattern.
func checkText(file, text string, bans []bannedPattern) []string {
	var found []string
	for _, ban := range bans {
		for _, at := range regexp.MustCompile(ban.pattern).FindAllStringIndex(text, -1) {
			line := strings.Count(text[:at[0]], "\n") + 1
			found = append(found, fmt.Sprintf("%s:%d: %q: %s", file, line, strings.TrimSpace(text[at[0]:at[1]]), ban.why))
		}
	}
	return found
}

// ruleFor returns the rule with the longest pattern that covers pkg, and the
// root of the tree that pkg shares with it.
func ruleFor(pkg string, rules []importRule) (rule importRule, tree string, ok bool) {
	segments := strings.Split(pkg, "/")
	for _, r := range rules {
		n := strings.Count(r.from, "/") + 1
		if n > len(segments) || ok && n <= strings.Count(rule.from, "/")+1 {
			continue
		}
		root := strings.Join(segments[:n], "/")
		if matched, _ := path.Match(r.from, root); matched {
			rule, tree, ok = r, root, true
		}
	}
	return rule, tree, ok
}

// grants reports whether a pattern of importRule.may covers a package.
func grants(pattern, pkg string) bool {
	if tree, ok := strings.CutSuffix(pattern, "/..."); ok {
		return within(pkg, tree)
	}
	matched, _ := path.Match(pattern, pkg)
	return matched
}

// within reports whether pkg is tree or beneath it.
func within(pkg, tree string) bool {
	return pkg == tree || strings.HasPrefix(pkg, tree+"/")
}

func imports(f goFile) []string {
	var all []string
	for _, spec := range f.syntax.Imports {
		if imp, err := strconv.Unquote(spec.Path.Value); err == nil {
			all = append(all, imp)
		}
	}
	return all
}

// ownImports returns the imports of this module, relative to it.
func ownImports(f goFile) []string {
	var own []string
	for _, imp := range imports(f) {
		if rest, ok := strings.CutPrefix(imp, module+"/"); ok {
			own = append(own, rest)
		}
	}
	return own
}
