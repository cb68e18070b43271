// SPDX-License-Identifier: Apache-2.0

// Package accesslog is the plugin access_log, which writes a line for every
// exchange.
package accesslog

import (
	_ "embed"
	"path/filepath"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

//go:embed README.md
var readme string

// Spec declares access_log, which writes a line for every exchange.
var Spec = plugin.Define("access_log", readme, func() Config {
	return Config{Format: "json", Path: "stdout"}
})

// A Config says what lines look like and where they go.
type Config struct {
	Format string `json:"format" check:"enum=json|clf|combined" doc:"Form of a line: json, clf for the Common Log Format, or combined for that with referer and user agent."`
	Path   string `json:"path" check:"min=1,max=4096" doc:"File to append to, as an absolute path, or stdout or stderr. While it cannot be opened, such as in a directory that does not exist, lines are dropped."`
	Query  *bool  `json:"query,omitzero" doc:"Whether the query of the URL is written too. Queries may hold personal data and secrets."`
}

// Validate holds that the path means the same wherever the gateway starts.
func (c *Config) Validate() error {
	if c.Path != "stdout" && c.Path != "stderr" && !filepath.IsAbs(c.Path) {
		return schema.At("path", `must be an absolute path such as "/var/log/penstock/access.log", or "stdout" or "stderr"; is %q`, c.Path)
	}
	return nil
}

// New builds the runtime, which shares its sink with all others of the path.
func (c *Config) New(env *plugin.Env) (any, error) {
	s, release, err := plugin.Share(env.Shared, "access_log/"+c.Path, func() (*sink, error) {
		own := *env
		own.Log = env.Log.With("path", c.Path)
		return newSink(out(c.Path), &own, maxDelay), nil
	})
	if err != nil {
		return nil, err
	}
	format := map[string]formatter{"json": appendJSON, "clf": appendCommon, "combined": appendCombined}[c.Format]
	return &runtime{format: format, query: c.Query != nil && *c.Query, now: env.Now, sink: s, release: release}, nil
}

// A formatter appends the line of an exchange that ended at a time.
type formatter func(b []byte, x *plugin.Exchange, end time.Time, query bool) []byte

type runtime struct {
	format  formatter
	query   bool
	now     func() time.Time
	sink    *sink
	release func() error
}

var _ plugin.DonePhase = (*runtime)(nil)

// OnDone writes the line, unless the sink has fallen too far behind.
func (r *runtime) OnDone(x *plugin.Exchange) {
	line := r.sink.line()
	*line = append(r.format(*line, x, r.now(), r.query), '\n')
	r.sink.send(line)
}

// Close writes what is still on its way if nobody else uses the sink.
func (r *runtime) Close() error { return r.release() }
