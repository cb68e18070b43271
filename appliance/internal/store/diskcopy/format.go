// SPDX-License-Identifier: Apache-2.0

package diskcopy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// The first line of a copy is the format's name, its version, and the SHA-256
// of all that follows: a line on the whole, then for each object a line and its
// value, which is kept byte for byte and ends with a newline of the format.
const (
	format  = "penstock-config-copy"
	version = 1
)

var errCorrupt = errors.New("the copy is damaged")

type wholeLine struct {
	Cluster  string `json:"cluster"`
	Revision int64  `json:"revision"`
	Objects  int    `json:"objects"`
}

type objectLine struct {
	Kind     string `json:"kind"`
	ID       string `json:"id"`
	Revision int64  `json:"revision"`
	Bytes    int    `json:"bytes"`
}

func encode(cluster string, revision int64, objects []store.Object) ([]byte, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	if err := encoder.Encode(wholeLine{Cluster: cluster, Revision: revision, Objects: len(objects)}); err != nil {
		return nil, err
	}
	for _, o := range objects {
		if err := encoder.Encode(objectLine{Kind: o.Kind, ID: o.ID, Revision: o.Revision, Bytes: len(o.Value)}); err != nil {
			return nil, err
		}
		body.Write(o.Value)
		body.WriteByte('\n')
	}
	sum := sha256.Sum256(body.Bytes())
	return append(fmt.Appendf(nil, "%s %d %s\n", format, version, hex.EncodeToString(sum[:])), body.Bytes()...), nil
}

// decode returns the full update that a copy holds. It accepts exactly what
// encode returns.
func decode(content []byte, cluster string) (store.Update, error) {
	body, err := checkHeader(content)
	if err != nil {
		return store.Update{}, err
	}
	var whole wholeLine
	if body, err = readLine(body, &whole); err != nil {
		return store.Update{}, err
	}
	if whole.Cluster != cluster {
		return store.Update{}, fmt.Errorf("the copy is of cluster %q, this node is of cluster %q", whole.Cluster, cluster)
	}
	update := store.Update{Revision: whole.Revision, Full: true}
	for range whole.Objects {
		var line objectLine
		if body, err = readLine(body, &line); err != nil {
			return store.Update{}, err
		}
		key := store.Key{Kind: line.Kind, ID: line.ID}
		if line.Bytes < 0 || line.Bytes >= len(body) || body[line.Bytes] != '\n' || key.Check() != nil {
			return store.Update{}, fmt.Errorf("%w at object %d", errCorrupt, len(update.Changes))
		}
		value := bytes.Clone(body[:line.Bytes:line.Bytes])
		update.Changes = append(update.Changes, store.Object{Key: key, Value: value, Revision: line.Revision})
		body = body[line.Bytes+1:]
	}
	if len(body) > 0 || whole.Objects != len(update.Changes) {
		return store.Update{}, fmt.Errorf("%w: wrong number of objects", errCorrupt)
	}
	return update, nil
}

// checkHeader returns what follows the first line.
func checkHeader(content []byte) ([]byte, error) {
	first, body, found := bytes.Cut(content, []byte("\n"))
	words := bytes.Split(first, []byte(" "))
	if !found || len(words) != 3 || string(words[0]) != format {
		return nil, fmt.Errorf("%w: it does not begin with %q", errCorrupt, format)
	}
	if string(words[1]) != strconv.Itoa(version) {
		return nil, fmt.Errorf("the copy has format version %q, this program reads version %d", words[1], version)
	}
	sum := sha256.Sum256(body)
	if string(words[2]) != hex.EncodeToString(sum[:]) {
		return nil, fmt.Errorf("%w: wrong checksum", errCorrupt)
	}
	return body, nil
}

// readLine decodes the first line of body and returns what follows it.
func readLine(body []byte, into any) ([]byte, error) {
	line, rest, found := bytes.Cut(body, []byte("\n"))
	if !found {
		return nil, fmt.Errorf("%w: it ends early", errCorrupt)
	}
	if err := json.Unmarshal(line, into); err != nil {
		return nil, fmt.Errorf("%w: %w", errCorrupt, err)
	}
	return rest, nil
}
