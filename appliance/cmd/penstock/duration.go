// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"time"

	"github.com/spf13/pflag"
)

// A duration is the value of a flag, whose errors say what one looks like.
type duration struct{ to *time.Duration }

var _ pflag.Value = duration{}

// durationFlag declares a flag for a duration.
func durationFlag(flags *pflag.FlagSet, to *time.Duration, name string, value time.Duration, usage string) {
	*to = value
	flags.Var(duration{to}, name, usage)
}

func (d duration) Set(text string) error {
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("a duration is a number with a unit, such as 90s, 30m or 720h")
	}
	*d.to = parsed
	return nil
}

func (d duration) String() string {
	if d.to == nil {
		return "" // of a value that pflag makes to compare with
	}
	return d.to.String()
}

func (d duration) Type() string { return "duration" }
