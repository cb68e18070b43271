// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

func TestKeys(t *testing.T) {
	var x Exchange
	name, twin, number := NewKey[string]("name"), NewKey[string]("name"), NewKey[int]("name")
	if v, ok := name.Get(&x); ok || v != "" {
		t.Errorf("an empty exchange has %q, %t", v, ok)
	}
	name.Set(&x, "a")
	number.Set(&x, 0)
	if v, ok := name.Get(&x); !ok || v != "a" {
		t.Errorf("got %q, %t", v, ok)
	}
	if v, ok := number.Get(&x); !ok || v != 0 {
		t.Errorf("got %d, %t: a zero is a value too", v, ok)
	}
	if v, ok := twin.Get(&x); ok {
		t.Errorf("another key of the same name and type has %q", v)
	}
	name.Set(&x, "b")
	if v, _ := name.Get(&x); v != "b" || len(x.values) != 2 {
		t.Errorf("got %q, %d values", v, len(x.values))
	}
	var other Exchange
	if _, ok := name.Get(&other); ok {
		t.Error("another exchange has the value")
	}
}

// A key of an interface type may keep nil.
func TestKeyOfNil(t *testing.T) {
	var x Exchange
	failure := NewKey[error]("failure")
	failure.Set(&x, nil)
	if err, ok := failure.Get(&x); err != nil || !ok {
		t.Errorf("got %v, %t", err, ok)
	}
	failure.Set(&x, context.Canceled)
	if err, ok := failure.Get(&x); !errors.Is(err, context.Canceled) || !ok {
		t.Errorf("got %v, %t", err, ok)
	}
}

// Reading a value costs nothing, keeping a pointer does not either once the
// exchange has been in use.
func TestKeysDoNotAllocate(t *testing.T) {
	key := NewKey[*int]("pointer")
	x, n := &Exchange{}, new(int)
	if got := testing.AllocsPerRun(100, func() {
		key.Set(x, n)
		if v, _ := key.Get(x); v != n {
			t.Error("lost")
		}
		x.Reset()
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

// An exchange is used again for another client: nothing of the first one may
// be seen, nor kept alive. Only the memory of lists stays.
func TestReset(t *testing.T) {
	x := Exchange{
		client: context.Background(), Request: &message.Request{Deadline: time.Now().Add(time.Hour)}, Response: &message.Response{},
		Route: &Route{}, Params: []Param{{"a", "b"}, {"c", "d"}}, Consumer: &api.Consumer{}, Client: netip.MustParseAddr("192.0.2.1"), Directory: nobody{},
		Start: time.Now(), Target: "a:1", Received: 1, Sent: 2, Err: errors.New("broken"),
	}
	key := NewKey[string]("secret")
	key.Set(&x, "s")
	ctx := x.Context()
	for i, v := 0, reflect.ValueOf(x); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Fatalf("%s is empty before the test; give it something to lose", v.Type().Field(i).Name)
		}
	}
	x.Reset()
	for i, v := 0, reflect.ValueOf(x); i < v.NumField(); i++ {
		name, f := v.Type().Field(i).Name, v.Field(i)
		if f.Kind() != reflect.Slice {
			if !f.IsZero() {
				t.Errorf("%s is kept", name)
			}
			continue
		}
		if f.Len() != 0 || f.Cap() == 0 {
			t.Errorf("%s has the length %d and the capacity %d", name, f.Len(), f.Cap())
		}
		for j := range f.Cap() {
			if !f.Slice(0, f.Cap()).Index(j).IsZero() {
				t.Errorf("%s keeps element %d alive", name, j)
			}
		}
	}
	if ctx.Err() == nil {
		t.Error("its context has not ended")
	}
	if _, ok := key.Get(&x); ok {
		t.Error("the value is kept")
	}
	new(Exchange).Reset()
}

type nobody struct{}

func (nobody) FindCredential(string) *api.Consumer { return nil }
