// SPDX-License-Identifier: Apache-2.0

package node_test

import (
	"reflect"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/node"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
)

// Whatever the engine lets one set by a number, a duration or a bool is what
// the listener's field of the same name says.
func TestEveryOptionIsTheListeners(t *testing.T) {
	yes := true
	listener := &api.Listener{Meta: api.Meta{ID: "l"}, HTTP2: true, HalfClose: &yes}
	fields := reflect.ValueOf(listener).Elem()
	for i := range fields.NumField() {
		if f := fields.Field(i); f.CanInt() {
			f.SetInt(int64(1000 + i)) // another one for each
		}
	}
	options := reflect.ValueOf(node.EngineOptions(&snapshot.Listener{API: listener}))
	checked := 0
	for i := range options.NumField() {
		name, got := options.Type().Field(i).Name, options.Field(i)
		want := reflect.Indirect(fields.FieldByName(name))
		switch {
		case !got.CanInt() && got.Kind() != reflect.Bool:
			continue
		case !want.IsValid():
			t.Errorf("no field of a listener sets %s", name)
		case want.CanInt() && got.Int() != want.Int(), want.Kind() == reflect.Bool && got.Bool() != want.Bool():
			t.Errorf("%s is %v, want %v", name, got, want)
		}
		checked++
	}
	if checked < 13 {
		t.Errorf("only %d options were found", checked)
	}
}
