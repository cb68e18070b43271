// SPDX-License-Identifier: Apache-2.0

package penstock_test

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A goFile is one Go file, whatever its build constraints: a rule broken only
// on another platform is broken.
type goFile struct {
	path      string // slash-separated, below the module's root
	pkg       string // the folder, which is the import path below the module
	text      string
	syntax    *ast.File
	test      bool
	generated bool
}

// parseGo makes a goFile of source text.
func parseGo(file, text string) (goFile, error) {
	syntax, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return goFile{}, err
	}
	return goFile{
		path:      file,
		pkg:       path.Dir(file),
		text:      text,
		syntax:    syntax,
		test:      strings.HasSuffix(file, "_test.go"),
		generated: ast.IsGenerated(syntax),
	}, nil
}

// goTree returns the module's Go files, those under testdata aside.
func goTree(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	for file, text := range textTree(t) {
		if path.Ext(file) != ".go" || slices.Contains(strings.Split(file, "/"), "testdata") {
			continue
		}
		f, err := parseGo(file, text)
		if err != nil {
			t.Error(err)
			continue
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		t.Fatal("no Go files found: the walk is broken")
	}
	slices.SortFunc(files, func(a, b goFile) int { return strings.Compare(a.path, b.path) })
	return files
}

// skippedFolders hold what tools wrote and Git ignores.
var skippedFolders = []string{".git", ".terraform", ".tools", "bin", "dist"}

// textTree returns the text files of the checkout by their path.
func textTree(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another test's scratch file, gone since it was listed
		}
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains(skippedFolders, entry.Name()) {
			return filepath.SkipDir
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		content, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if !bytes.ContainsRune(content, 0) {
			texts[filepath.ToSlash(file)] = string(content)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}
