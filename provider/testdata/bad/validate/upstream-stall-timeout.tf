# expect: stall_timeout: must be between 1ms and 24h, is 25h

resource "penstock_upstream" "upstream_stall_timeout" {
  id            = "upstream-stall-timeout"
  protocol      = "https"
  stall_timeout = "25h"
}
