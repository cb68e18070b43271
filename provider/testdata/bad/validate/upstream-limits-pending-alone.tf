# expect: limits: limits nothing: give max_requests or max_connections

resource "penstock_upstream" "upstream_limits_pending_alone" {
  id      = "upstream-limits-pending-alone"
  targets = [{ host = "127.0.0.1", port = 80 }]
  limits  = { max_pending = 10 }
}
