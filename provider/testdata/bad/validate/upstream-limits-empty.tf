# expect: limits: limits nothing: give max_requests or max_connections

resource "penstock_upstream" "upstream_limits_empty" {
  id      = "upstream-limits-empty"
  targets = [{ host = "127.0.0.1", port = 80 }]
  limits  = {}
}
