# expect: health.active.healthy_threshold: must be between 1 and 100, is 0

resource "penstock_upstream" "upstream_active_threshold" {
  id      = "upstream-active-threshold"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { healthy_threshold = 0 } }
}
