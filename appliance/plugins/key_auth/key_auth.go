// SPDX-License-Identifier: Apache-2.0

// Package keyauth is the plugin key_auth, which identifies the consumer by a
// secret string.
package keyauth

import (
	_ "embed"
	"errors"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

//go:embed README.md
var readme string

// Spec declares key_auth, which identifies the consumer by a secret string.
var Spec = plugin.Define("key_auth", readme, func() Config {
	return Config{Headers: []string{"x-api-key"}, HideCredentials: true}
})

// A Config says where credentials are looked for and what happens without one.
type Config struct {
	Headers         []string `json:"headers" check:"max=8,unique,format=header_name" doc:"Header fields that may carry the secret."`
	Bearer          *bool    `json:"bearer,omitzero" doc:"Whether the secret may come as authorization: Bearer."`
	Query           []string `json:"query,omitzero" check:"max=8,unique,each.min=1" doc:"Query parameters that may carry the secret. URLs end up in logs and histories, so prefer a header."`
	Cookies         []string `json:"cookies,omitzero" check:"max=8,unique,format=header_name" doc:"Cookies that may carry the secret."`
	HideCredentials bool     `json:"hide_credentials" doc:"Whether credentials are removed from the request before it goes to the upstream."`
	Optional        *bool    `json:"optional,omitzero" doc:"Whether a request without any credential passes, without a consumer. One with a wrong credential never does."`
}

// Validate holds that there is at least one place for a credential.
func (c *Config) Validate() error {
	if len(c.Headers)+len(c.Query)+len(c.Cookies) == 0 && !isTrue(c.Bearer) {
		return schema.At("headers", "must not be empty unless bearer, query or cookies says where the secret is")
	}
	return nil
}

// New builds the runtime.
func (c *Config) New(*plugin.Env) (any, error) {
	r := &runtime{hide: c.HideCredentials, optional: isTrue(c.Optional), challenge: `Key realm="penstock"`}
	for _, name := range c.Headers {
		r.places = append(r.places, header(name))
	}
	if isTrue(c.Bearer) {
		r.places = append(r.places, bearer{})
		r.challenge += `, Bearer realm="penstock"`
	}
	for _, name := range c.Query {
		r.places = append(r.places, query(name))
	}
	for _, name := range c.Cookies {
		r.places = append(r.places, cookie(name))
	}
	return r, nil
}

func isTrue(b *bool) bool { return b != nil && *b }

// consumerHeader tells the upstream who calls.
const consumerHeader = "x-consumer-id"

// lookalikes are what an upstream takes for consumerHeader if it turns names
// of fields into those of variables, as CGI does (RFC 3875, section 4.1.18).
var lookalikes = [...]string{"x_consumer_id", "x_consumer-id", "x-consumer_id"}

var (
	errMissing = errors.New("key_auth: the request has no credential")
	errUnknown = errors.New("key_auth: the credential is not known")
)

type runtime struct {
	places    []place // the first one that holds a credential decides
	hide      bool
	optional  bool
	challenge string // RFC 9110, section 11.6.1
}

var _ plugin.RequestPhase = (*runtime)(nil)

// OnRequest sets the consumer or refuses the request with 401. Secrets are
// looked up by their hash, so how long that takes tells nothing about them.
func (r *runtime) OnRequest(x *plugin.Exchange) error {
	if x.Consumer == nil {
		x.Request.Header.Del(consumerHeader) // the client's own word
	}
	for _, name := range lookalikes {
		x.Request.Header.Del(name)
	}
	secret := r.find(x)
	if secret == "" {
		if !r.optional {
			r.refuse(x, errMissing, "a credential is required")
		}
		return nil
	}
	consumer := x.Directory.FindCredential(api.Fingerprint(api.CredentialKey, secret))
	if consumer == nil {
		r.refuse(x, errUnknown, "the credential is not valid")
		return nil
	}
	x.Consumer = consumer
	x.Request.Header.Set(consumerHeader, consumer.ID)
	return nil
}

// find returns the first credential, and hides all of them if that is wanted.
func (r *runtime) find(x *plugin.Exchange) (secret string) {
	for _, p := range r.places {
		s := p.find(x.Request)
		if s == "" {
			continue
		}
		if secret == "" {
			secret = s
		}
		if !r.hide {
			break
		}
		p.remove(x.Request)
	}
	return secret
}

func (r *runtime) refuse(x *plugin.Exchange, why error, text string) {
	x.Answer(401, text)
	x.Response.Header.Add("www-authenticate", r.challenge)
	x.Err = why
}
