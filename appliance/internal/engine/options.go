// SPDX-License-Identifier: Apache-2.0

package engine

import "github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"

// Options of a [Server]. All of them can be changed while it serves.
type Options = session.Options

// Stats are a server's figures.
type Stats = session.Stats
