// SPDX-License-Identifier: Apache-2.0

package node

import (
	"errors"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// report hears of the store's losses and recoveries, and of a configuration
// file that is not served as it is.
func (n *Node) report(err error) {
	log, was := n.options.Log, n.loss
	n.loss = err
	if refused, ok := errors.AsType[*store.FileError](err); ok {
		if refused.Err != nil {
			log.Error("the configuration file cannot be read; the last good configuration stays in force", "file", refused.File, "error", refused.Err)
		} else {
			log.Error("the changed file has mistakes; the last good configuration stays in force", "file", refused.File, "problems", refused.Mistakes)
		}
		return
	}
	_, wasFile := errors.AsType[*store.FileError](was)
	switch {
	case err != nil && n.Ready() == noConfiguration:
		log.Warn("the store is away, and there is no configuration to serve yet", "error", err)
	case err != nil:
		log.Warn("the store is away; serving the last good configuration", "error", err)
	case wasFile:
		log.Info("the configuration file is in order again")
	default:
		log.Info("the store is back")
	}
}
