// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	xhttp2 "golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http2"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A request that is lost with a connection is sent again over one that was
// begun after that: those that are as old as the first may have died, too.
func TestLostWithAllConnections(t *testing.T) {
	const old = 3
	var arrived sync.WaitGroup
	arrived.Add(old)
	c, d := newClient(t, target(t, func(c *scripted, n int) {
		c.greet(xhttp2.Setting{ID: xhttp2.SettingMaxConcurrentStreams, Val: 1})
		for {
			head, _ := c.whole()
			if head == nil || n < old && head.PseudoValue("path") == "/lost" {
				return
			}
			if head.PseudoValue("path") == "/together" {
				arrived.Done()
				arrived.Wait() // each of them has its own connection
			}
			c.ok(head.StreamID, "ok")
		}
	}), func(o *http2.ClientOptions) { o.MaxConnections = old + 1 })
	for range 2 { // the second one comes when the SETTINGS have
		if _, _, err := ask(timeout(t), c, get("GET", "/", nil)); err != nil {
			t.Fatal(err)
		}
	}
	var first sync.WaitGroup
	for range old {
		first.Go(func() {
			if _, _, err := ask(timeout(t), c, get("GET", "/together", nil)); err != nil {
				t.Error(err)
			}
		})
	}
	first.Wait()
	if _, body, err := ask(timeout(t), c, get("GET", "/lost", nil)); err != nil || body != "ok" || d.dialled.Load() != old+1 {
		t.Errorf("%q, %v, %d connections", body, err, d.dialled.Load())
	}
}

// An upgrade waits for the target's SETTINGS, which say whether it takes any,
// but not for ever (S2-06).
func TestUpgradeToSilentTarget(t *testing.T) {
	silent := target(t, func(c *scripted, _ int) {
		_, _ = io.Copy(io.Discard, c.conn)
	})
	for name, change := range map[string]func(*http2.ClientOptions, *message.Request){
		"response timeout": func(o *http2.ClientOptions, _ *message.Request) { o.ResponseTimeout = 20 * time.Millisecond },
		"deadline":         func(_ *http2.ClientOptions, r *message.Request) { r.Deadline = time.Now().Add(20 * time.Millisecond) },
	} {
		r := get("GET", "/", strings.NewReader(""))
		r.Header.Add("Connection", "upgrade")
		r.Header.Add("Upgrade", "websocket")
		c, _ := newClient(t, silent, func(o *http2.ClientOptions) { change(o, r) })
		var response message.Response
		if failed := failure(t, c.RoundTrip(timeout(t), r, &response, nil)); failed.Phase != message.PhaseTimeout {
			t.Error(fmt.Sprint(name, ": ", failed))
		}
	}
}

// Who waits for a stream of a target that takes none does not do so for ever,
// though a connection was being made when it began to.
func TestWaitingForNoStream(t *testing.T) {
	c, _ := newClient(t, target(t, func(c *scripted, _ int) {
		c.greet(xhttp2.Setting{ID: xhttp2.SettingMaxConcurrentStreams, Val: 0})
		for c.next() != nil {
		}
	}), func(o *http2.ClientOptions) { o.ResponseTimeout = 50 * time.Millisecond })
	for range 3 {
		_, _, err := ask(timeout(t), c, get("POST", "/", nil))
		if failed := failure(t, err); failed.Phase != message.PhaseTimeout && !failed.MayRetry {
			t.Error(err)
		}
	}
}
