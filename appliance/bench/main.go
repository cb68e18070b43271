// SPDX-License-Identifier: Apache-2.0

// Bench runs Penstock beside nginx and HAProxy, with the same target and the
// same load, and writes what it measured into docs/performance.md.
//
//	go run ./appliance/bench [-only get,grpc] [-rounds 7] [-duration 3s] [-o docs/performance.md]
//
// Proxies take turns within a round, and the CPU time that is told is that of
// the proxy's processes alone. Rows of floods (-only flood) attack the proxies
// and tell what their other clients notice. A wrong answer from any of them ends the
// command with an error; a limit that is not reached is told and is none.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/flood"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
)

// Arguments that make this program something else: the target, or a flood.
const (
	targetCommand = "target"
	floodCommand  = "flood"
)

// options are what the command line says.
type options struct {
	Rounds   int
	Duration time.Duration // of one measurement
	Only     string
	Output   string
	Penstock string
	Base     string
	Cores    int
	Pin      bool
	Rate     int
	Idle     time.Duration // longest wait for memory to come to rest
	Profile  string
	Pprof    string
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == targetCommand {
		if err := target.Run(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) == 3 && os.Args[1] == floodCommand {
		if err := flood.Run(os.Args[2], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	o := parseFlags()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parseFlags() *options {
	o := &options{}
	flag.IntVar(&o.Rounds, "rounds", 7, "rounds in which every proxy has its turn")
	flag.DurationVar(&o.Duration, "duration", 3*time.Second, "length of one measurement")
	flag.StringVar(&o.Only, "only", "", "rows to run, separated by commas: "+rowNames())
	flag.StringVar(&o.Output, "o", "", "file to write the document to, such as docs/performance.md; none if empty")
	flag.StringVar(&o.Penstock, "penstock", "", "program to measure; built from this checkout if empty")
	flag.StringVar(&o.Base, "base", "", "second Penstock program, such as an earlier build, to run beside the first")
	flag.IntVar(&o.Cores, "cores", 0, "cores that a proxy uses: all, or half of them with -pin")
	flag.BoolVar(&o.Pin, "pin", false, "bind proxies to the first -cores processors, and target and load to the others")
	flag.IntVar(&o.Rate, "rate", 2000, "requests or calls a second where latency is measured")
	flag.DurationVar(&o.Idle, "settle", 30*time.Second, "how long memory may take to come to rest")
	flag.StringVar(&o.Profile, "perf", "", "directory for a perf profile of Penstock in each row (perf report -i FILE)")
	flag.StringVar(&o.Pprof, "pprof", "", "directory for a Go profile of Penstock in each row (go tool pprof FILE)")
	flag.Parse()
	if o.Cores == 0 {
		o.Cores = runtime.NumCPU()
		if o.Pin {
			o.Cores = max(1, o.Cores/2)
		}
	}
	return o
}

// check finds what makes no sense before anything is started.
func (o *options) check() error {
	switch {
	case flag.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flag.Arg(0))
	case o.Rounds < 1 || o.Duration <= 0 || o.Rate < 1:
		return errors.New("-rounds, -duration and -rate must be more than 0")
	case o.Pin && o.Cores >= runtime.NumCPU():
		return fmt.Errorf("-pin needs a processor besides the %d of the proxies; there are %d", o.Cores, runtime.NumCPU())
	}
	return nil
}
