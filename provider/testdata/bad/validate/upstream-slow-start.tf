# expect: balance.slow_start: must be between 1s and 1h

resource "penstock_upstream" "upstream_slow_start" {
  id      = "upstream-slow-start"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { slow_start = "2h" }
}
