// SPDX-License-Identifier: Apache-2.0

package hpack_test

import (
	"fmt"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
)

func Example() {
	var enc hpack.Encoder
	enc.Init(4096)
	block := enc.AppendField(nil, ":status", "200", hpack.Indexed)
	block = enc.AppendField(block, "set-cookie", "id=1", hpack.Never)

	var dec hpack.Decoder
	dec.Init(4096, 256<<10)
	dec.Begin(64<<10, 100)
	if err := dec.Write(block); err != nil {
		fmt.Println(err)
	}
	if err := dec.Close(); err != nil {
		fmt.Println(err)
	}
	for _, f := range dec.Section.Fields {
		fmt.Println(f.Name, f.Value, f.Flags&hpack.Sensitive != 0)
	}
	dec.End()
	// Output:
	// :status 200 false
	// set-cookie id=1 true
}
