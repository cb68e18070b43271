// SPDX-License-Identifier: Apache-2.0

package server

import (
	"errors"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
)

// Errors of misuse, and of what cannot be done.
var (
	ErrResponded  = errors.New("the exchange has been answered already")
	ErrNoUpgrade  = errors.New("the request does not ask to switch protocols")
	ErrTunnels    = errors.New("there are as many upgraded connections as the listener may have")
	ErrBodyClosed = errors.New("the request's body has been closed")
)

// Refusals that are not about syntax.
var (
	requestTimeout = &syntax.Error{Status: 408, Reason: "the request did not come in time"}
	tooLarge       = &syntax.Error{Status: 413, Reason: "the request's body is longer than this gateway takes"}
)
