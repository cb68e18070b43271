// SPDX-License-Identifier: Apache-2.0

package flood

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// Waiting is how many requests wait on so many connections of a black hole:
// half of them over HTTP/1.1, each on its own, and half over HTTP/2.
func Waiting(connections int) (requests int) {
	for i := range connections {
		requests++
		if multiplexes(i) {
			requests += streams - 1
		}
	}
	return requests
}

// multiplexes reports whether the i-th attacker on a black hole speaks HTTP/2,
// with as many streams as others have connections until the next one does.
func multiplexes(i int) bool { return i%(streams+1) == streams }

// errAnswered is that a request was answered that nobody should answer.
var errAnswered = errors.New("the black hole has answered")

// blackHole asks for what is never answered, and waits.
func blackHole(ctx context.Context, f *flood, c net.Conn, i int, ready func()) error {
	if multiplexes(i) {
		return hold(ctx, f, c, 0, ready)
	}
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: flood.example.com\r\n\r\n", f.Path); err != nil {
		return err
	}
	f.done.Add(1)
	ready()
	if _, err := c.Read(make([]byte, 1)); err != nil {
		return err
	}
	return errAnswered
}
