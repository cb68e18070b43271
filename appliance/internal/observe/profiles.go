// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"net/http"
	"net/http/pprof"
)

// WithProfiles adds /debug/pprof/ to what the operations listener serves:
// profiles of Go's own kind, for `go tool pprof`. A profile costs processor
// time while it is taken and shows names from the program, so that one asks
// for it.
func WithProfiles(operations http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", operations)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	return mux
}
