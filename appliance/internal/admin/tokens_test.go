// SPDX-License-Identifier: Apache-2.0

package admin_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/admin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/memory"
)

// A clock that is set by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// enter asks for the version with an Authorization header and returns the answer.
func enter(a http.Handler, authorization ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/v1/version", nil)
	for _, value := range authorization {
		r.Header.Add("Authorization", value)
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

// TestTokens: a token lets in from its creation, in any process, to its
// expiry or revocation, and a refusal says why and what to do.
func TestTokens(t *testing.T) {
	dir := t.TempDir()
	time0 := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	serving := admin.OpenTokens(dir, time0.Now)
	store := memory.New()
	defer store.Close()
	a := admin.New(admin.Options{Store: store, Catalogue: catalogue(), Tokens: serving, StaticTokens: map[string]string{"environment": "from-the-environment", "none": ""}})

	line := admin.OpenTokens(dir, time0.Now) // another process
	secret, err := line.Create("ci", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(secret, "pst_") || len(secret) != 62 {
		t.Errorf("the secret has %d characters", len(secret))
	}
	forever, err := line.Create("forever", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, good := range []string{"Bearer " + secret, "bearer  " + forever, "Bearer from-the-environment"} {
		if w := enter(a, good); w.Code != 200 {
			t.Errorf("refused: %s", w.Body)
		}
	}
	typo := secret[:20] + string('a'+(secret[20]-'a'+1)%26) + secret[21:]
	for _, c := range []struct {
		name, says, challenge string
		headers               []string
	}{
		{"none", "is missing", `Bearer realm="penstock"`, nil},
		{"other scheme", "malformed", "invalid_request", []string{"Basic " + secret}},
		{"empty", "malformed", "invalid_request", []string{"Bearer "}},
		{"an empty static token", "malformed", "invalid_request", []string{"Bearer"}},
		{"two headers", "malformed", "invalid_request", []string{"Bearer " + secret, "Bearer " + secret}},
		{"two secrets", "malformed", "invalid_request", []string{"Bearer " + secret + " " + secret}},
		{"mistyped", "copy it again", "invalid_token", []string{"Bearer " + typo}},
		{"cut off", "copy it again", "invalid_token", []string{"Bearer " + secret[:40]}},
		{"unknown", "not known", "invalid_token", []string{"Bearer abcdefgh"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := enter(a, c.headers...)
			if w.Code != 401 || !strings.Contains(w.Body.String(), c.says) || !strings.Contains(w.Body.String(), "admin.token") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if !strings.Contains(w.Header().Get("WWW-Authenticate"), c.challenge) {
				t.Errorf("WWW-Authenticate: %s", w.Header().Get("WWW-Authenticate"))
			}
			if strings.Contains(w.Body.String(), secret[4:20]) {
				t.Error("the secret was told")
			}
		})
	}
	time0.advance(time.Hour)
	if w := enter(a, "Bearer "+secret); w.Code != 401 || !strings.Contains(w.Body.String(), `\"ci\" expired at 2026-01-02T04:04:05Z`) {
		t.Errorf("after its expiry: %d %s", w.Code, w.Body)
	}
	if err := line.Revoke("forever"); err != nil {
		t.Fatal(err)
	}
	if w := enter(a, "Bearer "+forever); w.Code != 401 || !strings.Contains(w.Body.String(), "revoked") {
		t.Errorf("after its revocation: %d %s", w.Code, w.Body)
	}
	if err := line.Revoke("forever"); err == nil || !strings.Contains(err.Error(), "there are ci") {
		t.Errorf("revoked twice: %v", err)
	}
	if _, err := line.Create("ci", 0); err == nil {
		t.Error("two tokens of one name")
	}
	if _, err := line.Create("a b", 0); err == nil {
		t.Error("a name with a space")
	}
	if _, err := line.Create("x", -1); err == nil {
		t.Error("a token that expired before it was made")
	}
	list, err := serving.List()
	if err != nil || len(list) != 1 || list[0].Name != "ci" || !list[0].Expired(time0.Now()) {
		t.Errorf("list: %+v %v", list, err)
	}
	everyPath(t, a)
}

// everyPath holds that nothing is told without a token.
func everyPath(t *testing.T, a http.Handler) {
	for _, path := range []string{"/v1/openapi.json", "/v1/routes", "/nothing", "/v1/version"} {
		w := httptest.NewRecorder()
		a.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 401 {
			t.Errorf("%s: %d without a token", path, w.Code)
		}
	}
}

// TestTokenFiles: secrets are kept nowhere but in admin.token, and only the
// owner may read the files.
func TestTokenFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	tokens := admin.OpenTokens(dir, nil)
	path, created, err := tokens.Bootstrap()
	if err != nil || !created {
		t.Fatal(created, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.TrimSpace(string(data))
	store := memory.New()
	defer store.Close()
	a := admin.New(admin.Options{Store: store, Catalogue: catalogue(), Tokens: tokens})
	if w := enter(a, "Bearer "+secret); w.Code != 200 {
		t.Fatalf("the first token does not let in: %s", w.Body)
	}
	if again, created, err := tokens.Bootstrap(); err != nil || created || again != path {
		t.Errorf("a second start made another token: %v %v", created, err)
	}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if entry.IsDir() || entry.Name() == "admin.token" {
			return nil
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), secret) {
			t.Errorf("%s has the secret", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// Whoever revokes the last token does not want a new one at the next start.
	if err := tokens.Revoke("admin"); err != nil {
		t.Fatal(err)
	}
	if _, created, err := admin.OpenTokens(dir, nil).Bootstrap(); err != nil || created {
		t.Errorf("a revoked token came back: %v", err)
	}
	// A damaged file lets nobody in.
	if err := os.WriteFile(filepath.Join(dir, "tokens.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if w := enter(a, "Bearer "+secret); w.Code != 500 {
		t.Errorf("a damaged file: %d", w.Code)
	}
	if _, err := tokens.Create("x", 0); err == nil {
		t.Error("a damaged file was written over")
	}
}

// TestTokensAtOnce: changes by several processes do not undo each other.
func TestTokensAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if _, err := admin.OpenTokens(dir, nil).Create(fmt.Sprintf("t%d", i), 0); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if list, err := admin.OpenTokens(dir, nil).List(); err != nil || len(list) != 20 {
		t.Errorf("%d tokens, %v", len(list), err)
	}
}
