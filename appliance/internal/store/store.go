// SPDX-License-Identifier: Apache-2.0

// Package store keeps the configuration of one cluster: objects addressed by
// kind and id, changed in transactions, followed by nodes.
//
// A store knows nothing of what objects mean. Whoever writes an object states
// which other objects it refers to and what it claims for itself; the store
// holds both rules at the revision of the write, never against a cache.
package store

import (
	"context"
	"time"
)

// A Key addresses one object of a cluster.
type Key struct {
	Kind string // singular kind name, such as "route"
	ID   string
}

func (k Key) String() string { return k.Kind + "/" + k.ID }

// An Object is a stored document.
type Object struct {
	Key
	Value    []byte // JSON as its author wrote it; nil in an Update means deleted
	Revision int64  // store revision of its last change
}

// A Write is one change of a transaction.
type Write struct {
	Key
	Value []byte // nil deletes the object

	// IfRevision makes the transaction fail with a ConflictError unless the
	// object's revision is this one. 0 demands that the object does not
	// exist; nil asks for nothing.
	IfRevision *int64

	// Refs are the objects that must exist once the transaction is done.
	// While this object exists, they cannot be deleted.
	Refs []Key

	// Claims are names that at most one object of the cluster may hold,
	// such as "listener/address/:8080".
	Claims []string
}

// A Page is part of a listing, ordered by id, all of it at one revision.
type Page struct {
	Objects  []Object
	Revision int64  // the revision the listing shows
	Next     string // the last id of this page when more follow, else ""
}

// ListOptions choose a page.
type ListOptions struct {
	After    string // ids greater than this one
	Limit    int    // objects a page at most; 0 means all
	Revision int64  // the revision to list; 0 means the newest
}

// An Update is what a follower must apply to have the cluster's state at
// Revision. The first one it gets is Full; so is any after a gap.
type Update struct {
	Revision int64
	Full     bool // Changes is the whole state, everything else is gone
	Changes  []Object
}

// Store is the configuration of one cluster. Its methods may be called
// concurrently. Errors are those of errors.go, wrapped.
type Store interface {
	// Get returns ErrNotFound when there is no such object.
	Get(ctx context.Context, key Key) (Object, error)

	// List returns the objects of a kind.
	List(ctx context.Context, kind string, options ListOptions) (Page, error)

	// Apply makes all the writes or none, as one revision, which it returns.
	// Deleting what does not exist changes nothing, unless IfRevision says
	// otherwise; a transaction of nothing else returns the revision of the
	// last change. A failure is an InvalidWriteError, ConflictError,
	// MissingReferenceError, InUseError, ClaimedError, TooLargeError,
	// ErrReadOnly or ErrUnavailable. After ErrUnavailable the writes may have
	// been made; with IfRevision it is safe to send them again.
	Apply(ctx context.Context, writes []Write) (revision int64, err error)

	// Follow calls apply with the whole state and then with every change, in
	// order, from one goroutine, until ctx ends. It reconnects by itself, for
	// as long as it takes; report, which may be nil, hears of every loss
	// (an error) and recovery (nil). All changes of one revision come in one
	// Update. It returns nil once ctx has ended, ErrClosed when the store was
	// closed.
	Follow(ctx context.Context, apply func(Update), report func(error)) error

	Close() error
}

// A Registry keeps the leased keys of live nodes.
type Registry interface {
	// Register publishes a node's value under its id for as long as it
	// renews its lease of ttl, and again whenever the lease was lost. It does
	// not wait for the store: a node registers before the store is reached.
	// Lost contact is no error; the key appears once there is contact.
	Register(ctx context.Context, id string, value []byte, ttl time.Duration) (Registration, error)

	// Nodes returns the values of the live nodes by id.
	Nodes(ctx context.Context) (map[string][]byte, error)
}

// A Registration is one node's leased key.
type Registration interface {
	// Update replaces the published value. It does not wait for the store.
	Update(value []byte)

	// Close withdraws the key.
	Close(ctx context.Context) error
}
