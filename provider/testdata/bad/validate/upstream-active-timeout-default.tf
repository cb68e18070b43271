# expect: health.active.timeout: must be at most interval, which is 1s; it is 2s

resource "penstock_upstream" "upstream_active_timeout_default" {
  id      = "upstream-active-timeout-default"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { interval = "1s" } }
}
