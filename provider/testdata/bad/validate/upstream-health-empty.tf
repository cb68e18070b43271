# expect: health: checks nothing: give active or passive

resource "penstock_upstream" "upstream_health_empty" {
  id      = "upstream-health-empty"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = {}
}
