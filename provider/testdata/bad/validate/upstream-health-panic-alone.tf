# expect: health: checks nothing: give active or passive

resource "penstock_upstream" "upstream_health_panic_alone" {
  id      = "upstream-health-panic-alone"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { panic_threshold = 50 }
}
