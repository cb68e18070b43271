// SPDX-License-Identifier: Apache-2.0

package file

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// lines tells where a YAML document has its sections and their items. The
// zero value knows nothing.
type lines struct{ sections map[string]section }

type section struct {
	line  int
	items []int
}

func linesOf(document *yaml.Node) lines {
	l := lines{sections: make(map[string]section)}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		return l
	}
	top := document.Content[0]
	if top.Kind != yaml.MappingNode {
		return l
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		name, value := top.Content[i], top.Content[i+1]
		s := section{line: name.Line}
		if value.Kind == yaml.SequenceNode {
			for _, item := range value.Content {
				s.items = append(s.items, item.Line)
			}
		}
		l.sections[name.Value] = s
	}
	return l
}

// place names a section, or an item of it when item is not negative.
func (l lines) place(name string, item int) string {
	s, known := l.sections[name]
	switch {
	case item < 0 && known:
		return fmt.Sprintf("%s (line %d)", name, s.line)
	case item < 0:
		return name
	case item < len(s.items):
		return fmt.Sprintf("%s[%d] (line %d)", name, item, s.items[item])
	}
	return fmt.Sprintf("%s[%d]", name, item)
}
