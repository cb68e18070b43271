// SPDX-License-Identifier: Apache-2.0

package server

import "unsafe"

// Size is what an idle connection holds of this package, in bytes.
const Size = unsafe.Sizeof(conn{})
