# expect: health.passive.max_ejection_time: must be at least ejection_time, which is 10m; it is 5m

resource "penstock_upstream" "upstream_passive_ejection" {
  id      = "upstream-passive-ejection"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { passive = { ejection_time = "10m" } }
}
