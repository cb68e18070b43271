// SPDX-License-Identifier: Apache-2.0

package quoted_test

import (
	"reflect"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/quoted"
)

var (
	up    = api.Key{Kind: "upstream", ID: "up"}
	route = api.Key{Kind: "route", ID: "r"}
	refs  = []schema.Reference{{Path: "upstream", Kind: "upstream", ID: "up"}}
)

// A reference is found whichever of its ends is validated first.
func TestBothOrders(t *testing.T) {
	var c quoted.Configuration
	c.Begin()
	c.Add(up, nil)
	if mine, _ := c.Add(route, refs); !reflect.DeepEqual(mine, refs) {
		t.Errorf("the route learns of %v", mine)
	}
	c.Begin()
	if mine, users := c.Add(route, refs); len(mine)+len(users) > 0 {
		t.Errorf("the end of another validation is left: %v, %v", mine, users)
	}
	if _, users := c.Add(up, nil); !reflect.DeepEqual(users, []quoted.User{{Object: route, Path: "upstream"}}) {
		t.Errorf("the upstream learns of %v", users)
	}
}

// What has an id that is not known yet refers like anything else, and is
// referred to by nobody.
func TestIDNotKnown(t *testing.T) {
	var c quoted.Configuration
	c.Begin()
	c.Add(api.Key{Kind: "upstream"}, nil)
	if mine, _ := c.Add(api.Key{Kind: "route"}, refs); len(mine) > 0 {
		t.Errorf("it refers to %v", mine)
	}
	if _, users := c.Add(up, nil); len(users) != 1 || users[0].Object.ID != "" {
		t.Errorf("the upstream learns of %v", users)
	}
}

// When Terraform plans, an id in quotes cannot be told from any other.
func TestOnlyWhileValidating(t *testing.T) {
	var c quoted.Configuration
	for range 2 {
		c.Add(up, nil)
		if mine, _ := c.Add(route, refs); len(mine) > 0 {
			t.Errorf("it refers to %v", mine)
		}
		c.Begin()
		c.End()
	}
}
