# expect: limits.pending_timeout: needs max_pending: without it no request waits

resource "penstock_upstream" "upstream_limits_pending_timeout" {
  id      = "upstream-limits-pending-timeout"
  targets = [{ host = "127.0.0.1", port = 80 }]
  limits  = { max_requests = 10, pending_timeout = "5s" }
}
