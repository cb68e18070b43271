// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/node"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/observe"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins"
)

// CheckFile compiles a configuration file as a node would, and returns what
// would be left out.
func CheckFile(path string) ([]api.Problem, error) {
	s, err := openFile(path)
	if err != nil {
		return nil, err
	}
	metrics := observe.NewMetrics("")
	compiler := snapshot.NewCompiler(plugins.All(),
		plugin.Env{Log: slog.New(slog.DiscardHandler), Now: time.Now, Count: metrics.Counter, Shared: &plugin.Shared{}},
		snapshot.Meters{Route: func(id string) snapshot.RouteMeter { return metrics.Route(id) }, Forget: metrics.Forget})
	defer compiler.Close()
	var problems []api.Problem
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err = s.Follow(ctx, func(u store.Update) {
		problems = compiler.Apply(u.Revision, u.Full, node.Objects(u.Changes)).Problems
		cancel()
	}, nil)
	return problems, errors.Join(err, s.Close())
}
