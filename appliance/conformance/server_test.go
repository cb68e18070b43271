// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
)

// serveEnv names the server to stand behind the gateway. If it is set, this program is a server
// for the Connect suite to judge, and no test.
const serveEnv = "PENSTOCK_CONFORMANCE_SERVE"

// serve starts that server and a gateway in front of it, tells the
// suite where the gateway is, and ends at SIGTERM. It returns an exit code.
func serve(program string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := serveUntil(ctx, program); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		return 1
	}
	return 0
}

func serveUntil(ctx context.Context, program string) error {
	asked, err := readServerRequest(os.Stdin)
	if err != nil {
		return err
	}
	server, target, err := startTarget(ctx, program, asked)
	if err != nil {
		return err
	}
	defer func() {
		_ = server.Process.Kill()
		_ = server.Wait() // killed just now
	}()
	folder, err := os.MkdirTemp("", "conformance")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)

	f := front{protocol: asked.upstream(), target: target}
	if asked.tls {
		f.chain, f.key, f.clientCA = string(asked.chain), string(asked.key), string(asked.clientCA)
	}
	g, address, err := f.start(context.WithoutCancel(ctx), folder)
	if err != nil {
		return err
	}
	defer g.Close() // cuts off what is in flight: it has no grace
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return err
	}
	if err := writeServerResponse(os.Stdout, host, number, f.chain); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// startTarget starts the suite's server, without TLS whatever the suite asked:
// that is between the suite and the gateway. It returns the server's address.
func startTarget(ctx context.Context, program string, asked serverRequest) (*exec.Cmd, string, error) {
	command := exec.CommandContext(context.WithoutCancel(ctx), program, "-json", "-bind", "127.0.0.1", "-port", "0")
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		return nil, "", err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := command.Start(); err != nil {
		return nil, "", fmt.Errorf("the suite's server: %w", err)
	}
	target, err := agree(in, out, asked)
	if err != nil {
		_ = command.Process.Kill()
		_ = command.Wait()
		return nil, "", fmt.Errorf("the suite's server: %w", err)
	}
	return command, target, nil
}

// agree tells the suite's server what to be and returns where it is.
func agree(in io.WriteCloser, out io.Reader, asked serverRequest) (string, error) {
	request := map[string]uint64{
		"protocol": asked.protocol, "httpVersion": asked.version, "messageReceiveLimit": asked.limit,
	}
	if err := json.NewEncoder(in).Encode(request); err != nil {
		return "", err
	}
	if err := in.Close(); err != nil {
		return "", err
	}
	var response struct {
		Host string `json:"host"`
		Port int    `json:"port"`
	}
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&response); err != nil {
		return "", err
	}
	return net.JoinHostPort(response.Host, strconv.Itoa(response.Port)), nil
}
