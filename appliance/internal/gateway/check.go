// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"log/slog"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/node"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/observe"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins"
)

// CheckFile returns everything that keeps a configuration file from being
// served, by the rule that Start has for it too.
func CheckFile(path string) error {
	s, err := openFile(path)
	if err != nil {
		return err
	}
	return s.Close()
}

// mistakes compiles a whole configuration as a node would, and returns what
// is wrong with it.
func mistakes(objects []store.Object) []string {
	metrics := observe.NewMetrics("")
	compiler := snapshot.NewCompiler(plugins.All(),
		plugin.Env{Log: slog.New(slog.DiscardHandler), Now: time.Now, Count: metrics.Counter, Shared: &plugin.Shared{}}, upstream.Env{},
		snapshot.Meters{Route: func(id string) snapshot.RouteMeter { return metrics.Route(id) }, Forget: metrics.Forget})
	defer compiler.Close()
	var found []string
	for _, p := range compiler.Apply(1, true, node.Objects(objects)).Problems {
		found = append(found, p.String())
	}
	return found
}
