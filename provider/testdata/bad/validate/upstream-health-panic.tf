# expect: health.panic_threshold: must be between 1 and 100, is 101

resource "penstock_upstream" "upstream_health_panic" {
  id      = "upstream-health-panic"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { passive = {}, panic_threshold = 101 }
}
