// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A Token lets its holder use the Admin API.
type Token struct {
	Name    string    `json:"name"`
	SHA256  string    `json:"sha256"` // of the secret, in hexadecimal
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero: never
}

// Expired reports whether the token is no longer valid.
func (t Token) Expired(now time.Time) bool { return !t.Expires.IsZero() && !now.Before(t.Expires) }

// Tokens are those in a data directory. They may be changed by one process,
// such as the command line, while another one serves: a change is noticed at
// the next request.
type Tokens struct {
	dir string
	now func() time.Time

	mu   sync.Mutex
	seen fs.FileInfo // of the file that list was read from; nil if there is none
	list []Token
}

// OpenTokens returns the tokens in a data directory, which need not have any
// yet. now is the clock; nil means the system's.
func OpenTokens(dir string, now func() time.Time) *Tokens {
	if now == nil {
		now = time.Now
	}
	return &Tokens{dir: dir, now: now}
}

// Bootstrap makes a first token called admin if the directory never had any.
// Its secret is in the file at path, which only the owner may read, and
// nowhere else.
func (t *Tokens) Bootstrap() (path string, created bool, err error) {
	path = filepath.Join(t.dir, "admin.token")
	err = t.change(func(list []Token) ([]Token, error) {
		if list != nil {
			return list, errUnchanged
		}
		// The secret's file comes first: were it the other way round, a crash
		// in between would leave a token that nobody knows.
		secret := newSecret()
		if err := writeFile(path, []byte(secret+"\n")); err != nil {
			return nil, err
		}
		created = true
		return []Token{t.token("admin", secret, 0)}, nil
	})
	if err != nil {
		return "", false, err
	}
	return path, created, nil
}

// Create makes a token that expires after ttl, or never if that is 0. The
// secret that it returns is kept nowhere.
func (t *Tokens) Create(name string, ttl time.Duration) (secret string, err error) {
	if err := schema.CheckFormat("id", name); err != nil {
		return "", fmt.Errorf("the name of a token %w", err)
	}
	if ttl < 0 {
		return "", fmt.Errorf("a token cannot expire after %s; give a positive duration, or 0 for never", ttl)
	}
	err = t.change(func(list []Token) ([]Token, error) {
		if slices.ContainsFunc(list, func(t Token) bool { return t.Name == name }) {
			return nil, fmt.Errorf("there is a token %q already; revoke it first, or choose another name", name)
		}
		secret = newSecret()
		return append(list, t.token(name, secret, ttl)), nil
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

func (t *Tokens) token(name, secret string, ttl time.Duration) Token {
	sum := fingerprintOf(secret)
	token := Token{Name: name, SHA256: hex.EncodeToString(sum[:]), Created: t.now().UTC().Truncate(time.Second)}
	if ttl > 0 {
		token.Expires = t.now().UTC().Add(ttl).Truncate(time.Second)
	}
	return token
}

// Revoke removes a token.
func (t *Tokens) Revoke(name string) error {
	return t.change(func(list []Token) ([]Token, error) {
		rest := slices.DeleteFunc(slices.Clone(list), func(t Token) bool { return t.Name == name })
		if len(rest) == len(list) {
			return nil, fmt.Errorf("there is no token %q%s", name, namesOf(list))
		}
		return rest, nil
	})
}

func namesOf(list []Token) string {
	if len(list) == 0 {
		return "; there are none at all"
	}
	names := make([]string, len(list))
	for i, t := range list {
		names[i] = t.Name
	}
	return "; there are " + strings.Join(names, ", ")
}

// List returns the tokens in the order in which they were made, expired ones
// included.
func (t *Tokens) List() ([]Token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.refresh(); err != nil {
		return nil, err
	}
	return slices.Clone(t.list), nil
}

// errUnchanged ends a change that has nothing to write.
var errUnchanged = errors.New("unchanged")

// change replaces the list, which is nil if there is no file, as one step
// among all processes.
func (t *Tokens) change(edit func([]Token) ([]Token, error)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := os.MkdirAll(t.dir, 0o700); err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	unlock, err := lock(filepath.Join(t.dir, "tokens.lock"))
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	defer unlock()
	if err := t.refresh(); err != nil {
		return err
	}
	list, err := edit(t.list)
	if errors.Is(err, errUnchanged) {
		return nil
	}
	if err != nil {
		return err
	}
	return t.save(list)
}
