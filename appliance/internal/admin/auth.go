// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// An authenticator tells who calls by bearer tokens (RFC 6750).
type authenticator struct {
	tokens *Tokens
	static map[string]fingerprint // by name
}

func newAuthenticator(tokens *Tokens, static map[string]string) *authenticator {
	a := &authenticator{tokens: tokens, static: make(map[string]fingerprint)}
	for name, secret := range static {
		if secret != "" {
			a.static[name] = fingerprintOf(secret)
		}
	}
	return a
}

// howToGetOne ends the message to everybody without a good token.
const howToGetOne = "; the first token is in the file admin.token of the node's data directory, `penstock token create` makes others"

// check returns the name of the token that a request carries.
func (a *authenticator) check(r *http.Request) (name string, err error) {
	secret, err := bearer(r)
	if err != nil {
		return "", err
	}
	if damaged(secret) {
		return "", unauthorized("invalid_token", "the token is incomplete or mistyped; copy it again, as a whole"+howToGetOne)
	}
	sum := fingerprintOf(secret)
	for name, known := range a.static {
		if subtle.ConstantTimeCompare(sum[:], known[:]) == 1 {
			return name, nil
		}
	}
	return a.checkList(sum)
}

func (a *authenticator) checkList(sum fingerprint) (string, error) {
	unknown := unauthorized("invalid_token", "the token is not known here: it was revoked, or it belongs to another cluster"+howToGetOne)
	if a.tokens == nil {
		return "", unknown
	}
	list, err := a.tokens.List()
	if err != nil {
		return "", err // refuses everybody: a revoked token may be among them
	}
	for _, token := range list {
		known, err := hex.DecodeString(token.SHA256)
		if err != nil || subtle.ConstantTimeCompare(sum[:], known) != 1 {
			continue
		}
		if token.Expired(a.tokens.now()) {
			return "", unauthorized("invalid_token", fmt.Sprintf("the token %q expired at %s", token.Name, token.Expires.Format(time.RFC3339))+howToGetOne)
		}
		return token.Name, nil
	}
	return "", unknown
}

func bearer(r *http.Request) (string, error) {
	fields := r.Header.Values("Authorization")
	if len(fields) == 0 {
		return "", unauthorized("", "a token is missing: send the header \"Authorization: Bearer <token>\""+howToGetOne)
	}
	scheme, secret, _ := strings.Cut(fields[0], " ")
	secret = strings.TrimSpace(secret)
	if len(fields) > 1 || !strings.EqualFold(scheme, "Bearer") || secret == "" || strings.ContainsAny(secret, " \t,") {
		return "", unauthorized("invalid_request", "the Authorization header is malformed: it must be \"Bearer <token>\", once"+howToGetOne)
	}
	return secret, nil
}

// unauthorized is a 401 with one of the error codes of RFC 6750, section 3.1;
// none for a request without any token.
func unauthorized(code, message string) *failure {
	challenge := `Bearer realm="penstock"`
	if code != "" {
		challenge += `, error="` + code + `"`
	}
	f := failed(http.StatusUnauthorized, api.CodeUnauthorized, "%s", message)
	f.header = map[string]string{"WWW-Authenticate": challenge}
	return f
}
