// SPDX-License-Identifier: Apache-2.0

package etcd

import (
	"errors"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// opOverhead is more than what an operation takes in a request beside its
// key and value, in bytes.
const opOverhead = 24

// size returns, rounded up, what the operations take in a request, in bytes.
func size(ops []clientv3.Op) int {
	total := 0
	for _, op := range ops {
		if op.IsTxn() {
			_, then, _ := op.Txn()
			total += size(then)
			continue
		}
		total += len(op.KeyBytes()) + len(op.ValueBytes()) + opOverhead
	}
	return total
}

// count returns how many keys the operations touch.
func count(ops []clientv3.Op) int {
	total := 0
	for _, op := range ops {
		if op.IsTxn() {
			_, then, _ := op.Txn()
			total += count(then)
			continue
		}
		total++
	}
	return total
}

// tooLargeToSend reports whether gRPC refused a message, on either side.
// etcd's own errors of the same code mean other things.
func tooLargeToSend(err error) bool {
	var own rpctypes.EtcdError
	return status.Code(err) == codes.ResourceExhausted && !errors.As(err, &own)
}

// maxCompares is how many comparisons a transaction may have beside its
// nested operations.
func maxCompares(limit int) int { return max(limit/3, 1) }

// nest packs operations into transactions inside the transaction when there
// are more than limit. etcd counts the operations of each level, and the sum
// over the levels may be limit; so with three levels a default server, which
// takes 128, takes 74,088 this way.
func nest(ops []clientv3.Op, limit int) ([]clientv3.Op, error) {
	if len(ops) <= limit {
		return ops, nil
	}
	total, third := len(ops), max(limit/3, 1)
	for level := 0; level < 2 && len(ops) > third; level++ {
		ops = group(ops, third)
	}
	if len(ops) > third {
		return nil, &store.TooLargeError{What: "operations", Size: total, Limit: third * third * third}
	}
	return ops, nil
}

func group(ops []clientv3.Op, each int) []clientv3.Op {
	groups := make([]clientv3.Op, 0, len(ops)/each+1)
	for len(ops) > 0 {
		n := min(each, len(ops))
		groups = append(groups, clientv3.OpTxn(nil, ops[:n], nil))
		ops = ops[n:]
	}
	return groups
}
