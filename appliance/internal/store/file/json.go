// SPDX-License-Identifier: Apache-2.0

package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// uniqueNames refuses JSON that names a member of an object twice, of which
// encoding/json would silently take the last one.
func uniqueNames(document []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	type level struct {
		names  map[string]bool // nil in an array
		isName bool            // the next token is a name
	}
	var stack []level
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'):
			stack = append(stack, level{names: make(map[string]bool), isName: true})
			continue
		case json.Delim('['):
			stack = append(stack, level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:len(stack)-1]
		}
		if len(stack) == 0 {
			continue
		}
		top := &stack[len(stack)-1]
		if top.names == nil {
			continue
		}
		name, isString := token.(string)
		if top.isName && isString {
			if top.names[name] {
				line := 1 + bytes.Count(document[:decoder.InputOffset()], []byte("\n"))
				return fmt.Errorf("line %d: the name %q is given twice in one object", line, name)
			}
			top.names[name] = true
			top.isName = false
			continue
		}
		top.isName = true
	}
}
