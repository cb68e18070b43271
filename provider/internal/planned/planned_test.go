// SPDX-License-Identifier: Apache-2.0

package planned_test

import (
	"reflect"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/planned"
)

var (
	a  = api.Key{Kind: "route", ID: "a"}
	b  = api.Key{Kind: "route", ID: "b"}
	up = api.Key{Kind: "upstream", ID: "up"}
)

func TestConflicts(t *testing.T) {
	var p planned.Plan
	first, _ := p.Put(a, planned.Put{Claims: []string{"x", "y"}})
	second, _ := p.Put(b, planned.Put{Claims: []string{"y", "x"}})
	if len(first) != 0 || !reflect.DeepEqual(second, []planned.Conflict{{Other: a, Claim: "y"}}) {
		t.Errorf("conflicts are %v and %v", first, second)
	}
	// An object that is planned again has let go of what it claimed before.
	if again, _ := p.Put(a, planned.Put{Claims: []string{"z"}}); len(again) != 0 {
		t.Errorf("conflicts are %v", again)
	}
	if after, _ := p.Put(b, planned.Put{Claims: []string{"x", "y"}}); len(after) != 0 {
		t.Errorf("conflicts are %v", after)
	}
}

func TestReferencesToWhatIsDeleted(t *testing.T) {
	refs := []schema.Reference{{Path: "upstream", Kind: up.Kind, ID: up.ID}}
	var p planned.Plan
	if users, _ := p.Delete(up); len(users) != 0 {
		t.Errorf("%v refer to it", users)
	}
	if _, dangling := p.Put(a, planned.Put{Refs: refs}); !reflect.DeepEqual(dangling, []planned.Dangling{{Other: up, Path: "upstream"}}) {
		t.Errorf("dangling are %v", dangling)
	}
	var other planned.Plan
	other.Put(a, planned.Put{Refs: refs})
	if users, _ := other.Delete(up); !reflect.DeepEqual(users, []api.Key{a}) {
		t.Errorf("%v refer to it", users)
	}
	// What is deleted and made again stays.
	other.Put(up, planned.Put{})
	if _, dangling := other.Put(b, planned.Put{Refs: refs}); len(dangling) != 0 {
		t.Errorf("dangling are %v", dangling)
	}
}

func TestCreate(t *testing.T) {
	var p planned.Plan
	if twice, deleted := p.Create(a); twice || deleted {
		t.Error("the first creation is neither second nor of what is deleted")
	}
	if twice, _ := p.Create(a); !twice {
		t.Error("the second creation goes unnoticed")
	}
	p.Delete(b)
	if _, deleted := p.Create(b); !deleted {
		t.Error("what is deleted and created goes unnoticed")
	}
	if p.WasRead(a) {
		t.Error("it was not read")
	}
	p.Read(a)
	if !p.WasRead(a) {
		t.Error("it was read")
	}
}

// What two resources have, make or delete is told, whichever comes first.
func TestOneObjectTwoResources(t *testing.T) {
	hold := func(p *planned.Plan) bool { return p.Hold(a) }
	create := func(p *planned.Plan) bool {
		twice, deleted := p.Create(a)
		return twice || deleted
	}
	remove := func(p *planned.Plan) bool {
		_, created := p.Delete(a)
		return created
	}
	for name, order := range map[string][2]func(*planned.Plan) bool{
		"two have it":               {hold, hold},
		"one has it, one makes it":  {hold, create},
		"one makes it, one has it":  {create, hold},
		"two make it":               {create, create},
		"one deletes, one makes it": {remove, create},
		"one makes, one deletes it": {create, remove},
	} {
		var p planned.Plan
		if order[0](&p) {
			t.Errorf("%s: the first alone is no mistake", name)
		}
		if !order[1](&p) {
			t.Errorf("%s: goes unnoticed", name)
		}
	}
}

func TestChanges(t *testing.T) {
	var p planned.Plan
	p.Put(a, planned.Put{})
	p.Put(b, planned.Put{Changes: true})
	p.Delete(up)
	if p.Changes(a) || !p.Changes(b) || !p.Changes(up) || !p.Has(a) || p.Has(up) {
		t.Error("only b and up change, and up goes")
	}
}
