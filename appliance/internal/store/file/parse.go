// SPDX-License-Identifier: Apache-2.0

package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// parse returns the objects of a file's content. Its errors name the place in
// the file and what to do.
func parse(content []byte, config Config) (map[store.Key][]byte, error) {
	if len(bytes.TrimSpace(content)) == 0 {
		return nil, errors.New("the file is empty; write {} for a configuration without objects")
	}
	document, lines, err := toJSON(content)
	if err != nil {
		return nil, err
	}
	var sections map[string]json.RawMessage
	if err := json.Unmarshal(document, &sections); err != nil || sections == nil {
		return nil, fmt.Errorf("the file is no mapping; its top level has the names %s", config.names())
	}
	p := parser{config: config, lines: lines, objects: make(map[store.Key][]byte), places: make(map[store.Key]string)}
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		if err := p.section(name, sections[name]); err != nil {
			return nil, err
		}
	}
	return p.objects, nil
}

// toJSON turns a document into JSON and returns where its values are, as far
// as that is known.
func toJSON(content []byte) ([]byte, lines, error) {
	if json.Valid(content) {
		return content, lines{}, uniqueNames(content)
	}
	node, err := readYAML(content)
	if err != nil {
		return nil, lines{}, err
	}
	var value any
	if err := node.Decode(&value); err != nil {
		return nil, lines{}, err
	}
	document, err := json.Marshal(value)
	return document, linesOf(node), err
}

type parser struct {
	config  Config
	lines   lines
	objects map[store.Key][]byte
	places  map[store.Key]string
}

func (p *parser) section(name string, value json.RawMessage) error {
	if key, ok := p.config.Singletons[name]; ok {
		if !isObject(value) {
			return fmt.Errorf("%s: want one object", p.lines.place(name, -1))
		}
		return p.add(key, identified(value, key.ID), p.lines.place(name, -1))
	}
	kind, ok := p.config.Kinds[name]
	if !ok {
		return fmt.Errorf("%s: unknown name; allowed are %s", p.lines.place(name, -1), p.config.names())
	}
	var items []json.RawMessage
	if err := json.Unmarshal(value, &items); err != nil {
		return fmt.Errorf("%s: want a list of objects, each with its id", p.lines.place(name, -1))
	}
	for i, item := range items {
		place := p.lines.place(name, i)
		var fields map[string]json.RawMessage // exact names, unlike a struct
		if err := json.Unmarshal(item, &fields); err != nil || fields == nil {
			return fmt.Errorf("%s: want an object", place)
		}
		raw, ok := fields["id"]
		if !ok {
			return fmt.Errorf("%s: has no id; give it one that no other of %s has", place, name)
		}
		var id *string
		if err := json.Unmarshal(raw, &id); err != nil || id == nil {
			return fmt.Errorf("%s: the id %s is no string; put it in quotes", place, raw)
		}
		if err := p.add(store.Key{Kind: kind, ID: *id}, item, place); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) add(key store.Key, value []byte, place string) error {
	if err := key.Check(); err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	if other, ok := p.places[key]; ok {
		return fmt.Errorf("%s: the id %q is that of %s already; ids of a kind differ", place, key.ID, other)
	}
	p.places[key] = place
	p.objects[key] = slices.Clone(value)
	return nil
}

// identified returns an object with an id, which it need not have where it
// stands alone.
func identified(object []byte, id string) []byte {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(object, &fields); err != nil || fields["id"] != nil {
		return object
	}
	fields["id"] = []byte(strconv.Quote(id))
	whole, err := json.Marshal(fields)
	if err != nil {
		return object
	}
	return whole
}

func isObject(value []byte) bool {
	value = bytes.TrimSpace(value)
	return len(value) > 0 && value[0] == '{'
}

func (c Config) names() string {
	names := append(slices.Collect(maps.Keys(c.Kinds)), slices.Collect(maps.Keys(c.Singletons))...)
	slices.Sort(names)
	return strings.Join(names, ", ")
}
