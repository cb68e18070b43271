# expect: health.active.timeout: must be at most interval, which is 5s; it is 10s

resource "penstock_upstream" "upstream_active_timeout" {
  id      = "upstream-active-timeout"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { interval = "5s", timeout = "10s" } }
}
