# expect: health.passive.latency_factor: must be between 1.1 and 100, is 0.5

resource "penstock_upstream" "upstream_passive_latency" {
  id      = "upstream-passive-latency"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { passive = { latency_factor = 0.5 } }
}
