// SPDX-License-Identifier: Apache-2.0

package file

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"
)

// readYAML returns the only document of content, for decoding into JSON's
// types. A name is a string however it looks ("on" and 1 too), and so is a
// date; names that are given twice are refused when the node is decoded.
func readYAML(content []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document, another yaml.Node
	if err := decoder.Decode(&document); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := decoder.Decode(&another); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file has more than one YAML document; remove the --- that begins another one")
	}
	asJSON(&document)
	return &document, nil
}

// asJSON marks as strings what JSON has no other type for.
func asJSON(node *yaml.Node) {
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!timestamp" {
		node.Tag = "!!str"
	}
	for i, child := range node.Content {
		isName := node.Kind == yaml.MappingNode && i%2 == 0
		if isName && child.Kind == yaml.ScalarNode && child.ShortTag() != "!!merge" {
			child.Tag = "!!str"
		}
		asJSON(child)
	}
}
