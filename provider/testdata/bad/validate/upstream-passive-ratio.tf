# expect: health.passive.failure_ratio: must be between 1 and 100, is 101

resource "penstock_upstream" "upstream_passive_ratio" {
  id      = "upstream-passive-ratio"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { passive = { failure_ratio = 101 } }
}
