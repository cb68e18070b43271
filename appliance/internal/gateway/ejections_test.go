// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

func noNetwork(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("nobody listens")
}

// fragile is an upstream whose targets are ejected by their first failure, for so
// long.
func fragile(t *testing.T, targets int, out time.Duration, previous *upstream.Pool) *upstream.Pool {
	t.Helper()
	u := &api.Upstream{Meta: api.Meta{ID: "u"}, Protocol: api.ProtocolHTTP, MaxIdle: 1}
	for i := range targets {
		u.Targets = append(u.Targets, api.Target{Host: fmt.Sprintf("10.0.%d.%d", i/256, i%256), Port: 80})
	}
	passive := &api.PassiveCheck{}
	passive.SetDefaults()
	passive.ConsecutiveFailures, passive.MaxEjected = 1, 100
	passive.EjectionTime, passive.MaxEjectionTime = schema.Duration(out), schema.Duration(out)
	u.Health = &api.Health{Passive: passive}
	p, err := upstream.New(u, previous, upstream.Env{Dial: noNetwork})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func fail(p *upstream.Pool, targets ...int) {
	for _, i := range targets {
		_ = p.Targets()[i].RoundTrip(context.Background(), &message.Request{Proto: message.HTTP11, Method: "GET", Host: "a.test", Path: "/"}, &message.Response{}, nil)
	}
}

// S1-06: a line when a target is ejected, why and until when, and one when it is
// back; also for one that was back before anybody looked. S3-116: of thousands
// that are ejected together a few have their own lines, and the others one.
func TestEjectionsAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text strings.Builder
		p := fragile(t, 2000, time.Minute, nil)
		e := &ejections{
			served: func() map[string]*upstream.Pool { return map[string]*upstream.Pool{"u": p} },
			log:    slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{ReplaceAttr: withoutTime})),
			last:   make(map[string]*ejected),
		}
		said := func(lines ...string) {
			t.Helper()
			text.Reset()
			e.look()
			if got, want := text.String(), strings.Join(append(lines, ""), "\n"); got != want {
				t.Errorf("said\n%s\nwant\n%s", got, want)
			}
		}
		gone := func(i int, times int) string {
			return fmt.Sprintf(`level=WARN msg="a target is ejected" upstream=u target=10.0.0.%d:80 reason="a request failed" until=%s times=%d`,
				i, p.Status()[i].Ejection.Until.Format("2006-01-02T15:04:05.000Z07:00"), times)
		}
		back := func(i int) string {
			return fmt.Sprintf(`level=INFO msg="a target is back from its ejection" upstream=u target=10.0.0.%d:80 ejected=1m0s`, i)
		}
		said()
		fail(p, 1, 3)
		said(gone(1, 1), gone(3, 1))
		said()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		said(back(1), back(3))
		said()
		fail(p, 3)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		said(gone(3, 2), back(3))

		everybody := make([]int, 2000)
		for i := range everybody {
			everybody[i] = i
		}
		fail(p, everybody...)
		said(gone(0, 1), gone(1, 2), gone(2, 1), gone(3, 3), gone(4, 1), `level=WARN msg="targets are ejected" upstream=u more=1995`)
		next := fragile(t, 2000, time.Minute, p) // other settings, the same ejections
		p.Close()
		p = next
		said()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		said(back(0), back(1), back(2), back(3), back(4), `level=INFO msg="targets are back from their ejections" upstream=u more=1995`)

		p.Close() // and it is made anew
		p = fragile(t, 2, time.Minute, nil)
		fail(p, 1)
		said(gone(1, 1))
		p.Close()
	})
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
