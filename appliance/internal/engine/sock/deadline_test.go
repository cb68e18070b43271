// SPDX-License-Identifier: Apache-2.0

package sock_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// Others may end a wait by its deadline while the timer is being moved for it.
func TestDeadlineMovedTwice(t *testing.T) {
	c, _ := pair(t)
	begin := make(chan struct{})
	defer close(begin)
	go func() {
		for range begin {
			c.ReadBy(1)
		}
	}()
	for range 20_000 {
		c.ReadBy(1)
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		late := sock.Now().After(10 * time.Second)
		c.ReadBy(late)
		begin <- struct{}{}
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		if sock.Now() >= late {
			t.Fatal("the deadline that came second was missed")
		}
	}
}
