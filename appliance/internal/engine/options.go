// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"log/slog"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
)

// Options of a [Server]. All of them can be changed while it serves.
type Options = session.Options

// wiring is the part of the options that net/http fixes for a connection's
// whole life.
type wiring struct {
	http2, secure              bool
	headerTimeout, idleTimeout time.Duration
	maxHeaderBytes             int
}

func wiringOf(o *Options) wiring {
	return wiring{o.HTTP2, o.TLS != nil, o.HeaderTimeout, o.IdleTimeout, o.MaxHeaderBytes}
}

func logOf(o *Options) *slog.Logger {
	log := o.Log
	if log == nil {
		log = slog.Default()
	}
	return log.With("listener", o.ID)
}
