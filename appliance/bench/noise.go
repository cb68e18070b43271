// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/measure"
)

// Beyond these a machine is too noisy for its figures to mean much.
const (
	maxCalibration = 0.10 // spread of the time that the same work takes
	maxStrangers   = 0.05 // share of the machine that others use
	maxStolen      = 0.02 // share of the machine that its host keeps
	maxSpread      = 0.10 // spread of a row's ratios
	maxDrift       = 0.10 // of a contender's cost between the halves of a row
)

// A noise is how quiet the machine was.
type noise struct {
	calibrations []float64 // seconds, while nothing else of ours was at work
	strangers    []float64 // shares of the machine
	stolen       []float64
}

// newNoise looks at the machine for a second, in which nothing of ours is at
// work, and tells if others are.
func newNoise(ctx context.Context, out io.Writer) (*noise, error) {
	n := &noise{}
	n.calibrate()
	end, err := n.watch(nil, runtime.NumCPU())
	if err != nil {
		return nil, fmt.Errorf("how busy the machine is cannot be told: %w", err)
	}
	if err := wait(ctx, time.Second); err != nil {
		return nil, err
	}
	if err := end(); err != nil {
		return nil, err
	}
	for _, c := range n.complaints() {
		fmt.Fprintln(out, "before the first row:", c)
	}
	return n, nil
}

// calibrate is for when nothing of ours is at work.
func (n *noise) calibrate() { n.calibrations = append(n.calibrations, measure.Calibrate().Seconds()) }

// watch begins to watch who else uses the machine. The function that it
// returns ends that; until then the processes must run on.
func (n *noise) watch(pids []int, cores int) (end func() error, err error) {
	pids = append([]int{os.Getpid()}, pids...)
	own, err := measure.CPUTime(pids)
	if err != nil {
		return nil, err
	}
	before, err := measure.MachineLoad()
	if err != nil {
		return nil, err
	}
	return func() error {
		ownNow, err := measure.CPUTime(pids)
		if err != nil {
			return err
		}
		after, err := measure.MachineLoad()
		if err != nil {
			return err
		}
		whole := after.At.Sub(before.At).Seconds() * float64(cores)
		if whole < 10*time.Millisecond.Seconds() {
			return nil // shorter than a tick
		}
		n.strangers = append(n.strangers, max(0, (after.Busy-before.Busy-(ownNow-own)).Seconds()/whole))
		n.stolen = append(n.stolen, (after.Stolen-before.Stolen).Seconds()/whole)
		return nil
	}, nil
}

// complaints says what was noisy; a quiet machine has none.
func (n *noise) complaints() []string {
	var all []string
	if spread := measure.Sum(n.calibrations).Spread(); spread > maxCalibration {
		all = append(all, fmt.Sprintf("the middle half of the times of the same work spans %.0f%% (at most %.0f%%)", 100*spread, 100*maxCalibration))
	}
	if share := measure.Sum(n.strangers).Median; share > maxStrangers {
		all = append(all, fmt.Sprintf("other programs used %.0f%% of the machine (at most %.0f%%)", 100*share, 100*maxStrangers))
	}
	if share := measure.Sum(n.stolen).Median; share > maxStolen {
		all = append(all, fmt.Sprintf("the machine's host kept %.0f%% of its time (at most %.0f%%)", 100*share, 100*maxStolen))
	}
	return all
}
