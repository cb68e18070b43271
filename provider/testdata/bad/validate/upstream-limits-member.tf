# expect: limits.max_request: is not a field here

resource "penstock_upstream" "upstream_limits_member" {
  id      = "upstream-limits-member"
  targets = [{ host = "127.0.0.1", port = 80 }]
  limits  = { max_requests = 10, max_request = 1 }
}
