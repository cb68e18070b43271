// SPDX-License-Identifier: Apache-2.0

package diskcopy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// seal puts the header of a valid copy before a body.
func seal(body []byte) []byte {
	sum := sha256.Sum256(body)
	return append(fmt.Appendf(nil, "%s %d %s\n", format, version, hex.EncodeToString(sum[:])), body...)
}

// FuzzDecode gives decode bodies whose checksum is right. It must not panic,
// and what it accepts must survive another round.
func FuzzDecode(f *testing.F) {
	content, err := encode("default", 7, []store.Object{
		{Key: route("a"), Value: []byte(`{"x":1}`), Revision: 3},
		{Key: route("b"), Value: []byte("\n\n"), Revision: 7},
	})
	if err != nil {
		f.Fatal(err)
	}
	_, body, _ := bytes.Cut(content, []byte("\n"))
	f.Add(body)
	f.Add([]byte(`{"cluster":"default","revision":1,"objects":1000000000}` + "\n"))
	f.Add([]byte(`{"cluster":"default","revision":1,"objects":-1}` + "\n"))
	f.Add([]byte(`{"cluster":"default","objects":1}` + "\n" + `{"kind":"route","id":"a","bytes":-1}` + "\n\n"))
	f.Add([]byte(`{"cluster":"default","objects":1}` + "\n" + `{"kind":"route","id":"a","bytes":9}` + "\nab\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		update, err := decode(seal(body), "default")
		if err != nil {
			return
		}
		content, err := encode("default", update.Revision, update.Changes)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decode(content, "default")
		if err != nil || again.Revision != update.Revision || len(again.Changes) != len(update.Changes) {
			t.Fatalf("second round: %+v, %v; first: %+v", again, err, update)
		}
		for i, o := range again.Changes {
			if o.Key != update.Changes[i].Key || !bytes.Equal(o.Value, update.Changes[i].Value) {
				t.Errorf("object %d: %+v, was %+v", i, o, update.Changes[i])
			}
		}
	})
}
