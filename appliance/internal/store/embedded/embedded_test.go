// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"context"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/embedded"
)

func TestStartTime(t *testing.T) {
	dir := t.TempDir()
	for range 3 {
		begin := time.Now()
		s, err := embedded.Start(context.Background(), embedded.Config{Dir: dir, Listen: "http://127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		up := time.Since(begin)
		_, err = s.Client().Put(context.Background(), "a", "b")
		t.Log(up, time.Since(begin), err, s.Endpoint())
		begin = time.Now()
		t.Log(s.Close(), time.Since(begin))
	}
}
