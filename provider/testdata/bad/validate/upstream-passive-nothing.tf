# expect: health.passive: ejects for nothing: give consecutive_failures, failure_ratio or latency_factor

resource "penstock_upstream" "upstream_passive_nothing" {
  id      = "upstream-passive-nothing"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { passive = { consecutive_failures = 0 } }
}
