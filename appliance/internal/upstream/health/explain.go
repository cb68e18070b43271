// SPDX-License-Identifier: Apache-2.0

package health

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// explain says what became of a probe for which there was no response, or not
// all of one.
func explain(err error, timeout time.Duration) error {
	var failed *message.TransportError
	if !errors.As(err, &failed) {
		return err
	}
	if failed.Timeout() {
		switch failed.Phase {
		case message.PhaseConnect:
			return fmt.Errorf("no connection within %s", timeout)
		case message.PhaseTLS:
			return fmt.Errorf("the TLS handshake was not over within %s", timeout)
		case message.PhaseResponse:
			return fmt.Errorf("the response was not complete within %s", timeout)
		}
		return fmt.Errorf("no response within %s", timeout)
	}
	what := reason(failed.Err)
	switch failed.Phase {
	case message.PhaseConnect:
		return fmt.Errorf("no connection: %s", what)
	case message.PhaseTLS:
		return fmt.Errorf("the TLS handshake failed: %s", what)
	case message.PhaseHead, message.PhaseWrite, message.PhaseBody:
		return fmt.Errorf("no response: %s", what)
	case message.PhaseResponse:
		return fmt.Errorf("the response broke off: %s", what)
	}
	return fmt.Errorf("%s: %s", failed.Phase, what)
}

// reason returns what an error says, without the addresses and system calls
// that those of the network have around it.
func reason(err error) string {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the target closed the connection"
	}
	var op *net.OpError
	for errors.As(err, &op) {
		if op.Op == "remote error" { // as crypto/tls calls alerts
			return "the target says " + op.Err.Error()
		}
		err = op.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	return err.Error()
}
