// SPDX-License-Identifier: Apache-2.0

package etcd

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// keys are the names of one cluster in etcd:
//
//	/penstock/<cluster>/<kind>/<id>                    an object
//	/penstock/<cluster>/_clock                         written by every transaction
//	/penstock/<cluster>/_holds/<kind>/<id>             what an object refers to and claims
//	/penstock/<cluster>/_refs/<kind>/<id>/<kind>/<id>  the second object refers to the first
//	/penstock/<cluster>/_claims/<hash of the name>     the name's holder
//	/penstock/<cluster>/_nodes/<id>                    a live node, leased
//
// Kinds start with a lower-case letter and '_' sorts before those, so one
// range holds the objects of all kinds and nothing else.
type keys struct{ root string }

func keysOf(cluster string) keys { return keys{"/penstock/" + cluster + "/"} }

// objects returns the range of all objects.
func (k keys) objects() (from, to string) {
	return k.root + "a", clientv3.GetPrefixRangeEnd(k.root)
}

func (k keys) kind(kind string) string     { return k.root + kind + "/" }
func (k keys) object(key store.Key) string { return k.root + key.Kind + "/" + key.ID }
func (k keys) clock() string               { return k.root + "_clock" }
func (k keys) holds(key store.Key) string  { return k.root + "_holds/" + key.Kind + "/" + key.ID }
func (k keys) referrers(key store.Key) string {
	return k.root + "_refs/" + key.Kind + "/" + key.ID + "/"
}
func (k keys) ref(to, from store.Key) string { return k.referrers(to) + from.Kind + "/" + from.ID }
func (k keys) nodes() string                 { return k.root + "_nodes/" }
func (k keys) node(id string) string         { return k.nodes() + id }

func (k keys) claim(name string) string {
	sum := sha256.Sum256([]byte(name))
	return k.root + "_claims/" + hex.EncodeToString(sum[:])
}

// parse returns the object key that follows prefix in an etcd key.
func parse(etcdKey, prefix string) (store.Key, error) {
	rest, found := strings.CutPrefix(etcdKey, prefix)
	kind, id, slash := strings.Cut(rest, "/")
	key := store.Key{Kind: kind, ID: id}
	if !found || !slash || key.Check() != nil {
		return store.Key{}, fmt.Errorf("etcd: %q is no object's key", etcdKey)
	}
	return key, nil
}
