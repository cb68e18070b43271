// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// An object is a JSON object of the OpenAPI document.
type object = map[string]any

// describe returns the OpenAPI 3.1 document of the table of endpoints, with
// the declared kinds and plugins as its schemas.
func (a *Admin) describe() []byte {
	paths := object{}
	for _, e := range a.endpoints {
		item := object{}
		if e.kind != nil && strings.Contains(e.path, "{id}") {
			item["parameters"] = []any{idParameter(e.kind)}
		}
		for method, op := range e.operations {
			item[strings.ToLower(method)] = op.spec.operation(op.query)
		}
		paths[root+e.path] = item
	}
	document, err := encode(object{
		"openapi": "3.1.0",
		"info": object{
			"title":       "Penstock Admin API",
			"version":     a.Version,
			"description": "Changes and shows the configuration of a cluster. An object's ETag is its revision in quotes. Every failure has an Error body that lists all problems at once.",
			"license":     object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"security":   []any{object{"token": []any{}}},
		"tags":       tagList(),
		"paths":      paths,
		"components": object{"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer"}}, "schemas": a.schemas()},
	})
	if err != nil { // maps, lists and strings always encode
		panic("admin: openapi: " + err.Error())
	}
	return document
}

func tagList() []any {
	var list []any
	for _, kind := range api.Kinds() {
		list = append(list, object{"name": kind.Plural, "description": kind.Doc})
	}
	return append(list, object{"name": clusterTag, "description": "What the cluster is, and what it would do."})
}

func idParameter(kind *api.Kind) object {
	p := object{"name": "id", "in": "path", "required": true, "description": kind.Type.Field("id").Doc, "schema": object{"type": "string"}}
	if kind.Singleton != "" {
		p["schema"] = object{"type": "string", "const": kind.Singleton}
	}
	return p
}

// operation returns the Operation Object.
func (s spec) operation(query []string) object {
	op := object{"operationId": s.id, "tags": []string{s.tag}, "summary": s.summary}
	var parameters []any
	for _, name := range query {
		parameters = append(parameters, queryParameters[name])
	}
	for _, name := range s.conditions {
		parameters = append(parameters, object{
			"name": name, "in": "header", "description": conditionDocs[name], "schema": object{"type": "string"},
		})
	}
	if parameters != nil {
		op["parameters"] = parameters
	}
	if s.body != "" {
		op["requestBody"] = object{"required": true, "content": content(s.body)}
	}
	responses := object{"default": object{"description": "A failure.", "content": content("Error")}}
	for _, status := range slices.Sorted(maps.Keys(s.answers)) {
		a := s.answers[status]
		response := object{"description": a.doc}
		if a.schema != "" {
			response["content"] = content(a.schema)
		}
		if s.etag {
			response["headers"] = object{"ETag": object{"description": "The object's revision, in quotes.", "schema": object{"type": "string"}}}
		}
		responses[strconv.Itoa(status)] = response
	}
	op["responses"] = responses
	return op
}

func content(schema string) object {
	return object{"application/json": object{"schema": reference(schema)}}
}

func reference(schema string) object {
	if schema == anything {
		return object{"type": "object"}
	}
	return object{"$ref": "#/components/schemas/" + schema}
}

// schemas returns the kinds, the plugins and the documents that travel.
func (a *Admin) schemas() object {
	out := object{"Plugins": a.Catalogue.Type().JSONSchema(a.Catalogue.Resolve)}
	for _, kind := range api.Kinds() {
		s := kind.Type.JSONSchema(a.Catalogue.Resolve)
		for _, field := range kind.Type.Fields {
			if field.Type.Kind == schema.Open {
				s["properties"].(object)[field.Name] = object{"$ref": "#/components/schemas/Plugins", "description": field.Doc}
			}
		}
		s["description"] = kind.Doc
		out[schemaName(kind)] = s
	}
	for name, t := range wireTypes() {
		s := t.JSONSchema(a.Catalogue.Resolve)
		if !strings.HasSuffix(name, "Request") {
			loosen(s) // answers may grow
		}
		out[name] = s
	}
	return out
}

// loosen lets objects have members beyond those described.
func loosen(s object) {
	if s["additionalProperties"] == false {
		delete(s, "additionalProperties")
	}
	for _, value := range s {
		if inner, ok := value.(object); ok {
			loosen(inner)
		}
	}
}

// schemaName turns cluster_settings into ClusterSettings.
func schemaName(kind *api.Kind) string {
	var name strings.Builder
	for word := range strings.SplitSeq(kind.Name, "_") {
		name.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return name.String()
}
