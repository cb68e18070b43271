// SPDX-License-Identifier: Apache-2.0

package api

import "github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"

// timeouts returns which of them contradict each other: those that can never
// pass because another one does before.
func (u *Upstream) timeouts() (errs schema.Errors) {
	within := func(path string, d schema.Duration, name string, most schema.Duration) bool {
		if most == 0 || d <= most {
			return true
		}
		errs = append(errs, schema.At(path, "must be at most %s, which is %s; it is %s", name, most, d))
		return false
	}
	total := u.RequestTimeout
	if u.ConnectTimeout != defaultConnectTimeout { // what nobody has given contradicts nothing
		within("connect_timeout", u.ConnectTimeout, "request_timeout", total)
	}
	within("response_timeout", u.ResponseTimeout, "request_timeout", total)
	within("stall_timeout", u.StallTimeout, "request_timeout", total)
	r := u.Retries
	if r == nil {
		return errs
	}
	if within("retries.per_try_timeout", r.PerTryTimeout, "request_timeout", total) {
		within("retries.per_try_timeout", r.PerTryTimeout, "response_timeout", u.ResponseTimeout)
	}
	if r.Hedge == nil {
		return errs
	}
	for _, end := range []struct {
		name string
		most schema.Duration
	}{{"per_try_timeout", r.PerTryTimeout}, {"response_timeout", u.ResponseTimeout}, {"request_timeout", total}} {
		if end.most != 0 && r.Hedge.After >= end.most {
			errs = append(errs, schema.At("retries.hedge.after", "must be less than %s, which is %s; it is %s", end.name, end.most, r.Hedge.After))
			break
		}
	}
	return errs
}
