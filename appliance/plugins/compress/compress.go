// SPDX-License-Identifier: Apache-2.0

// Package compress is the plugin compress, which compresses the bodies of
// responses for clients that accept it.
package compress

import (
	_ "embed"
	"strconv"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

//go:embed README.md
var readme string

// Spec declares compress, which compresses responses for clients that accept it.
var Spec = plugin.Define("compress", readme, func() Config {
	return Config{
		Encodings: []string{"zstd", "br", "gzip"},
		Types: []MediaRange{
			"text/*", "*+json", "*+xml", "application/json", "application/x-ndjson", "application/xml", "application/javascript",
			"application/wasm", "application/manifest+json", "application/vnd.ms-fontobject", "font/ttf", "font/otf", "image/bmp", "image/x-icon",
		},
		MinSize:   1024,
		GzipLevel: 5, BrotliLevel: 4, ZstdLevel: 3,
	}
})

// A Config says what is compressed, and how.
type Config struct {
	Encodings   []string     `json:"encodings" check:"min=1,unique,enum=zstd|br|gzip" doc:"Codings to offer, the preferred one first: it wins among those that a client likes best."`
	Types       []MediaRange `json:"types" check:"min=1,unique" doc:"Media types to compress: text/html, text/* for all of a kind, or *+json for all with a suffix."`
	MinSize     int          `json:"min_size" check:"min=0,max=1073741824" doc:"Bytes below which a body is not worth compressing. Bodies of unknown length always are."`
	GzipLevel   int          `json:"gzip_level" check:"min=1,max=9" doc:"Effort of gzip, from fast to small."`
	BrotliLevel int          `json:"brotli_level" check:"min=1,max=11" doc:"Effort of Brotli, from fast to small. Above 6 it is too slow for most live traffic."`
	ZstdLevel   int          `json:"zstd_level" check:"min=1,max=22" doc:"Effort of Zstandard, from fast to small, in the four steps 1 to 2, 3 to 6, 7 to 9, and 10 and more."`
}

// Validate has no rules across fields to hold.
func (c *Config) Validate() error { return nil }

// New builds the runtime. Encoders are shared with all others of their level.
func (c *Config) New(env *plugin.Env) (any, error) {
	r := &runtime{encodings: c.Encodings, types: newTypeSet(c.Types), minSize: int64(c.MinSize)}
	levels := map[string]int{"gzip": c.GzipLevel, "br": c.BrotliLevel, "zstd": c.ZstdLevel}
	for _, coding := range c.Encodings {
		pool, release, err := sharedPool(env.Shared, coding, levels[coding])
		if err != nil {
			_ = r.Close() // it only gives back what is shared
			return nil, err
		}
		r.pools, r.release = append(r.pools, pool), append(r.release, release)
	}
	return r, nil
}

type runtime struct {
	encodings []string // the preferred one first
	pools     []*pool  // one for each
	types     *typeSet
	minSize   int64
	release   []func() error
}

var _ plugin.ResponsePhase = (*runtime)(nil)

// OnResponse chooses a coding by the client's Accept-Encoding (S3-123,
// S3-124). What depends on that field says so in Vary, compressed or not. A
// response to HEAD gets the header fields that one to GET would have.
func (r *runtime) OnResponse(x *plugin.Exchange) error {
	if !r.eligible(x.Request, x.Response) {
		return nil
	}
	h := &x.Response.Header
	addVary(h)
	i := negotiate(&x.Request.Header, r.encodings)
	if i < 0 {
		return nil
	}
	h.Set("content-encoding", r.encodings[i])
	for _, name := range invalidated {
		h.Del(name)
	}
	if tag := h.Get("etag"); strings.HasPrefix(tag, `"`) {
		h.Set("etag", "W/"+tag) // RFC 9110, section 8.8.1: no longer equal byte by byte
	}
	if x.Response.Body != nil {
		x.Response.Body = newReader(x.Response.Body, x.Response.ContentLength, r.pools[i])
	}
	x.Response.ContentLength = -1
	return nil
}

// invalidated are fields about the bytes of a body that is about to change.
var invalidated = []string{"content-length", "accept-ranges", "content-md5", "digest", "content-digest", "repr-digest"}

// eligible reports whether the response would be compressed for a client that
// accepts it.
func (r *runtime) eligible(request *message.Request, response *message.Response) bool {
	h := &response.Header
	switch {
	case response.Status < 200 || response.Status == 204 || response.Status == 206 || response.Status == 304:
		return false // no body, or a part of one
	case response.Tunnel != nil || request.Method == "CONNECT" || request.IsGRPC():
		return false
	case response.Body == nil && request.Method != "HEAD":
		return false
	case h.Has("content-encoding") && !message.EqualName(h.Joined("content-encoding"), "identity"):
		return false
	case h.Has("content-range"):
		return false
	case h.HasToken("cache-control", "no-transform") || request.Header.HasToken("cache-control", "no-transform"):
		return false // RFC 9111, section 5.2.2.6
	}
	if n := length(request, response); n == 0 || n > 0 && n < r.minSize {
		return false
	}
	return r.types.has(h.Get("content-type"))
}

// length returns the bytes of the body, of the one that GET would have for
// HEAD, and -1 if that is unknown.
func length(request *message.Request, response *message.Response) int64 {
	if request.Method != "HEAD" {
		return response.ContentLength
	}
	if n, err := strconv.ParseInt(response.Header.Get("content-length"), 10, 64); err == nil {
		return n
	}
	return -1
}

func addVary(h *message.Header) {
	if h.HasToken("vary", "*") || h.HasToken("vary", "accept-encoding") {
		return
	}
	value := "accept-encoding"
	if all := h.Joined("vary"); all != "" {
		value = all + ", " + value
	}
	h.Set("vary", value)
}

// Close gives the encoders back.
func (r *runtime) Close() error {
	for _, release := range r.release {
		_ = release() // a pool closes without an error
	}
	return nil
}
