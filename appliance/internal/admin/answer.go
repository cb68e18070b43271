// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// etag is an object's revision as an entity tag.
func etag(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }

func (a *Admin) send(c *call, result answer) {
	status := result.status
	if status == 0 {
		status = http.StatusOK
	}
	if result.revision != 0 && status != http.StatusNoContent {
		c.w.Header().Set("ETag", etag(result.revision))
	}
	if result.body == nil {
		c.w.WriteHeader(status)
		return
	}
	body, err := encode(result.body)
	if err != nil {
		a.fail(c, err)
		return
	}
	a.write(c, status, body)
}

func (a *Admin) fail(c *call, err error) {
	f := failureOf(err)
	if f.status == http.StatusInternalServerError {
		a.Log.Error("admin: internal error", "method", c.r.Method, "path", c.r.URL.Path, "error", err)
	}
	for name, value := range f.header {
		c.w.Header().Set(name, value)
	}
	body, err := encode(f.body)
	if err != nil { // it is plain data
		a.Log.Error("admin: encode an error", "error", err)
	}
	a.write(c, f.status, body)
}

func (a *Admin) write(c *call, status int, body []byte) {
	c.w.Header().Set("Content-Type", "application/json")
	c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	if _, err := c.w.Write(body); err != nil {
		a.Log.Debug("admin: the client went away", "error", err)
	}
}

// encode writes JSON without the escapes that only HTML needs.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// recoverPanic answers 500 to a request whose handling panicked. Answers are
// written in one piece at the very end, so nothing was sent before.
func (a *Admin) recoverPanic(c *call) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	a.Log.Error("admin: panic", "method", c.r.Method, "path", c.r.URL.Path, "panic", p, "stack", string(debug.Stack()))
	a.fail(c, &failure{
		status: http.StatusInternalServerError,
		body:   api.ErrorBody{Code: api.CodeInternal, Message: "internal error; the node's log has the details"},
	})
}
