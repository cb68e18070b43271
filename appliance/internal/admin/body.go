// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Limits of request bodies, in bytes.
const (
	maxObject = 1 << 20
	maxSet    = 8 << 20 // many objects at once
)

// body reads a JSON body of limited size.
func (c *call) body(limit int64) ([]byte, error) {
	given := c.r.Header.Get("Content-Type")
	media, parameters, err := mime.ParseMediaType(given)
	if charset := parameters["charset"]; err != nil || media != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, failed(http.StatusUnsupportedMediaType, api.CodeBadRequest, "the Content-Type must be application/json, is %q", clip(given))
	}
	data, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, limit))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, failed(http.StatusRequestEntityTooLarge, api.CodeTooLarge, "the request body is larger than %d bytes, which is the limit", limit)
	}
	if err != nil {
		return nil, badRequest("the request body could not be read to its end")
	}
	return data, nil
}

// decode reads a request that is not an object of the configuration.
func decode(t *schema.Type, data []byte, into any) error {
	err := t.Decode(data, into, schema.Complete)
	if err == nil {
		return nil
	}
	errs := schema.Under("", err)
	problems := make([]api.Problem, len(errs))
	for i, e := range errs {
		problems[i] = api.Problem{Code: api.CodeInvalid, Path: e.Path, Message: e.Message}
	}
	return refused(http.StatusBadRequest, "the request is not valid", problems)
}

// withID fills the id of the path into a document that leaves it out, and
// refuses another one. Whatever else is wrong is left to the decoder.
func withID(document []byte, id string) ([]byte, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(document, &members) != nil || members == nil {
		return document, nil //nolint:nilerr // the decoder says it better
	}
	if given, ok := members["id"]; ok {
		var text string
		if json.Unmarshal(given, &text) == nil && text != "" && text != id {
			return nil, schema.At("id", "is %q, and the path says %q; leave it out or make them the same", clip(text), clip(id))
		}
		return document, nil
	}
	quoted, err := json.Marshal(id)
	if err != nil {
		return nil, err
	}
	rest := bytes.TrimLeft(document, " \t\r\n")[1:] // after the brace
	out := append([]byte(`{"id":`), quoted...)
	if len(members) > 0 {
		out = append(out, ',')
	}
	return append(out, rest...), nil
}
