// SPDX-License-Identifier: Apache-2.0

package health

import (
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// criteria are the settings of a detector, as they are looked up.
type criteria struct {
	consecutive uint32  // 0: none
	ratio       int     // percent; 0: none
	factor      float64 // 0: none
	windows     bool    // ratio or factor is given
	window      time.Duration
	minRequests uint32
	first, most time.Duration // of ejections
	share       int           // percent of the targets
}

func criteriaOf(s *api.PassiveCheck) criteria {
	return criteria{
		consecutive: uint32(s.ConsecutiveFailures),
		ratio:       s.FailureRatio,
		factor:      s.LatencyFactor,
		windows:     s.FailureRatio != 0 || s.LatencyFactor != 0,
		window:      s.Window.Std(),
		minRequests: uint32(s.MinRequests),
		first:       s.EjectionTime.Std(), most: s.MaxEjectionTime.Std(),
		share: s.MaxEjected,
	}
}

// limit returns how many of so many targets may be ejected at a time.
func (c *criteria) limit(targets int) int {
	n := targets * c.share / 100
	if n == 0 && targets >= 2 {
		return 1
	}
	return n
}

// next returns how long an ejection is after one that was so long (0: there was
// none), from which the target has been back for some time.
func (c *criteria) next(last, well time.Duration) time.Duration {
	if well >= last {
		last = 0
	}
	return min(last+c.first, c.most)
}
