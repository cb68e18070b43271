// SPDX-License-Identifier: Apache-2.0

package health

import (
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// A Detector ejects the targets of one upstream that fail requests. It is
// one generation of the upstream's settings; the records of its targets are
// shared by the generations that are open. Its methods are safe for
// concurrent use.
type Detector struct {
	ward     *ward
	criteria criteria
	statuses statuses
	changed  func()
}

// failedStatuses are failures if nothing is said.
const failedStatuses api.StatusRange = "500-599"

// NewDetector returns the detector of an upstream whose defaults are applied.
// previous, which may be nil, is the one that it replaces: as long as that is
// open, its records live on in the new one. From now on the new settings apply
// to requests of either; when the newest detector is closed, those of the one
// before it do again. Ejections last as long as they were meant to.
//
// changed, which may be nil, is called after a target has been ejected or is
// back, by [Record.Report], by Keep, and when the time of a window or an
// ejection is over. It is called under no lock of the detector, but possibly by
// several goroutines at once, and once more if it was about to be called when
// the detector was closed.
func NewDetector(settings api.PassiveCheck, previous *Detector, changed func()) *Detector {
	d := &Detector{criteria: criteriaOf(&settings), statuses: statusesOf(settings.Statuses, failedStatuses), changed: changed}
	if previous != nil && previous.ward.join(d) {
		d.ward = previous.ward
		return d
	}
	d.ward = &ward{records: make(map[string]*Record)}
	d.ward.join(d)
	return d
}

// Record returns the record of a target. It is made if there is none. The key
// is the target's own within the upstream, such as its address.
func (d *Detector) Record(key string) *Record { return d.ward.record(key) }

// Keep forgets the targets that have none of the keys: they are no longer
// counted, and their records do nothing. If more targets are ejected now than
// may be, those are back early that would be first.
func (d *Detector) Keep(keys []string) { d.ward.keep(keys) }

// Failed reports whether a response counts as a failure. grpcStatus is the
// grpc-status that is in the head of the response to a gRPC call, and
// otherwise empty.
func (d *Detector) Failed(status int, grpcStatus string) bool {
	return d.statuses.has(status) || grpcStatus != "" && slices.Contains(failedCalls, grpcStatus)
}

// failedCalls are the statuses of gRPC by which a target fails: UNKNOWN,
// DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE and DATA_LOSS.
var failedCalls = []string{"2", "4", "13", "14", "15"}

// DetectorStats are the figures of an upstream, of all generations.
type DetectorStats struct {
	Targets   int   // that have a record
	Ejected   int   // of these, now
	Ejections int64 // so far
}

// Stats returns the figures as they are now.
func (d *Detector) Stats() DetectorStats {
	w := d.ward
	w.mu.Lock()
	defer w.mu.Unlock()
	return DetectorStats{Targets: len(w.records), Ejected: w.ejected, Ejections: w.ejections}
}

// Close ends the detector. The last one of an upstream ends everything: its
// records do nothing any more, and are as they are for good.
func (d *Detector) Close() { d.ward.leave(d) }
