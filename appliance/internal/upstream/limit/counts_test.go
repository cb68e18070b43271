// SPDX-License-Identifier: Apache-2.0

package limit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/limit"
)

// S3-107: whoever is sent away counts, by the reason, and nobody else does; a
// change of the limits changes no count.
func TestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.New(settings(1, 0, 1, time.Second), nil)
		inside := enter(t, g)
		ctx, cancel := context.WithCancel(t.Context())
		waiting := make(chan error)
		go func() { waiting <- new(limit.Visit).Enter(ctx, g) }()
		synctest.Wait()
		for range 2 {
			_ = new(limit.Visit).Enter(t.Context(), g)
		}
		cancel() // who gives up has not been sent away
		<-waiting
		if got, want := g.Counts(), (limit.Counts{Overloaded: 2}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		_ = new(limit.Visit).Enter(t.Context(), g)
		go func() { // this one gets in
			var v limit.Visit
			err := v.Enter(t.Context(), g)
			v.Leave()
			waiting <- err
		}()
		synctest.Wait()
		inside.Leave()
		if err := <-waiting; err != nil {
			t.Error(err)
		}
		g = limit.New(settings(9, 0, 0, 0), g)
		if got, want := g.Counts(), (limit.Counts{Overloaded: 2, Late: 1}); got != want || want.Plus(got).Overloaded != 4 || want.Plus(got).Late != 2 {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}
