// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/provider"
)

var catalogue = plugins.All()

// TestMain drops the user's own gateway from the environment.
func TestMain(m *testing.M) {
	for _, name := range []string{"PENSTOCK_ENDPOINT", "PENSTOCK_TOKEN", "PENSTOCK_CA_CERTIFICATE", "PENSTOCK_CACERT"} {
		_ = os.Unsetenv(name) // it fails for no such name
	}
	os.Exit(m.Run())
}

// factories start the provider inside the test.
var factories = map[string]func() (tfprotov6.ProviderServer, error){
	"penstock": providerserver.NewProtocol6WithError(provider.New("test", catalogue)()),
}

// A world is a gateway that has no configuration yet.
type world struct {
	t      *testing.T
	url    string // of the Admin API
	token  string
	client *client.Client // somebody who does not use Terraform
}

// newWorld returns an Admin API over an empty store, which is there at once.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, url: testkit.StartAdmin(t, catalogue), token: testkit.AdminToken}
	var err error
	if w.client, err = client.New(client.Config{Endpoint: w.url, Token: w.token, MaxRetries: -1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	return w
}

// newGateway returns a whole gateway, with an etcd and a data plane.
func newGateway(t *testing.T) *world {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("set TF_ACC=1 to run the tests that need the Terraform CLI")
	}
	g := gatewaytest.Start(t, nil)
	return &world{t: t, url: g.Endpoint, token: g.Token, client: g.Client}
}

// config returns a configuration with the provider configured for the world.
func (w *world) config(body string) string {
	return fmt.Sprintf("provider \"penstock\" {\n  endpoint = %q\n  token = %q\n  retries = 0\n}\n", w.url, w.token) + body
}

// put writes an object behind Terraform's back.
func (w *world) put(kind, id, document string) {
	w.t.Helper()
	if _, err := w.client.Put(context.Background(), api.KindOf(kind), id, []byte(document), client.If{}); err != nil {
		w.t.Fatal(err)
	}
}

// delete removes an object behind Terraform's back.
func (w *world) delete(kind, id string) {
	w.t.Helper()
	if err := w.client.Delete(context.Background(), api.KindOf(kind), id, client.If{}); err != nil {
		w.t.Fatal(err)
	}
}

// claims holds that ann's credential is a secret: the gateway, which shows
// none, refuses it for another credential.
func (w *world) claims(secret string) {
	w.t.Helper()
	document := fmt.Sprintf(`{"id":"probe","consumer":"ann","type":"key","secret":%q}`, secret)
	answer, err := w.client.Validate(context.Background(), api.ValidateRequest{Put: []api.ValidateObject{{Kind: "credential", Object: []byte(document)}}})
	if err != nil {
		w.t.Fatal(err)
	}
	if len(answer.Problems) != 1 || answer.Problems[0].Code != api.CodeConflict {
		w.t.Errorf("the gateway does not have the secret %q: %v", secret, answer.Problems)
	}
}

// list returns "kind/id" of everything that the gateway has.
func (w *world) list() []string {
	w.t.Helper()
	var all []string
	for _, kind := range api.Kinds() {
		for stored, err := range w.client.List(context.Background(), kind) {
			if err != nil {
				w.t.Fatal(err)
			}
			all = append(all, kind.Name+"/"+stored.ID)
		}
	}
	return all
}

// get returns an object's document, "" if there is none.
func (w *world) get(kind, id string) string {
	w.t.Helper()
	stored, err := w.client.Get(context.Background(), api.KindOf(kind), id)
	if err != nil {
		return ""
	}
	return string(stored.Object)
}
