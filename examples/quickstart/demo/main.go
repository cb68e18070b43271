// SPDX-License-Identifier: Apache-2.0

// Command demo runs the quickstart: it starts a gateway and two upstreams on
// this machine, lets the real Terraform configure the gateway, shows that
// every protocol passes through its one port, and cleans up.
//
// It expects the built binaries in bin/ and is to be run from the root of the
// repository.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	began := time.Now()
	if err := run(ctx, &screen{out: os.Stdout}); err != nil {
		fmt.Fprintln(os.Stderr, "\nquickstart failed:", err)
		os.Exit(1)
	}
	fmt.Printf("\nEverything worked, in %.1f s. To go on: examples/quickstart/main.tf is what Terraform applied.\n", time.Since(began).Seconds())
}

// run does the whole demonstration and takes everything down again.
func run(ctx context.Context, show *screen) (err error) {
	dir, err := os.MkdirTemp("", "penstock-quickstart-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	show.title("Start")
	up, err := startUpstreams()
	if err != nil {
		return err
	}
	defer up.close()
	show.done("two upstreams", 0, "HTTP and WebSocket echo on port %d, gRPC greeter on port %d", up.httpPort, up.grpcPort)

	var gw *gateway
	if err := show.step("the gateway, with its embedded etcd", func() (string, error) {
		gw, err = startGateway(ctx, dir)
		if err != nil {
			return "", err
		}
		return "Admin API on " + gw.endpoint, nil
	}); err != nil {
		return err
	}
	defer func() {
		if stopErr := gw.stop(); stopErr != nil {
			err = errors.Join(err, stopErr)
		}
		if err != nil {
			err = fmt.Errorf("%w\n\nThe gateway's log:\n%s", err, gw.log.String())
		}
	}()

	tf, err := newTerraform(dir, gw, up)
	if err != nil {
		return err
	}
	return demonstrate(ctx, show, tf, gw, up)
}

// demonstrate is the part to read: what a user does, and what comes of it.
func demonstrate(ctx context.Context, show *screen, tf *terraform, gw *gateway, up *upstreams) error {
	steps := []struct {
		title string
		name  string
		do    func() (string, error)
	}{
		{"Configure", "terraform apply", func() (string, error) { return tf.apply(ctx, "one") }},
		{"", "terraform plan, again", func() (string, error) { return tf.planIsEmpty(ctx, "one") }},
		{"One port, " + gw.traffic, "HTTP/1.1  GET /test", func() (string, error) { return getHTTP1(ctx, gw.traffic) }},
		{"", "HTTP/2    GET /test", func() (string, error) { return getHTTP2(ctx, gw.traffic) }},
		{"", "gRPC      helloworld.Greeter/SayHello", func() (string, error) { return sayHello(ctx, gw.traffic) }},
		{"", "WebSocket /test/ws", func() (string, error) { return echoWebSocket(ctx, gw.traffic) }},
		{"Change while a request runs", "terraform apply, release = \"two\"", func() (string, error) { return changeInFlight(ctx, tf, gw, up) }},
		{"Clean up", "terraform destroy", func() (string, error) { return tf.destroy(ctx, "two") }},
	}
	for _, s := range steps {
		if s.title != "" {
			show.title(s.title)
		}
		if err := show.step(s.name, s.do); err != nil {
			return err
		}
	}
	return nil
}
