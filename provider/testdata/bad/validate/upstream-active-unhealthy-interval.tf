# expect: health.active.timeout: must be at most unhealthy_interval, which is 1s; it is 2s

resource "penstock_upstream" "upstream_active_unhealthy_interval" {
  id      = "upstream-active-unhealthy-interval"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { unhealthy_interval = "1s" } }
}
