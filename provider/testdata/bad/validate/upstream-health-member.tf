# expect: health.activ: is not a field here; the fields are "active", "passive", "panic_threshold"; did you mean "active"?

resource "penstock_upstream" "upstream_health_member" {
  id      = "upstream-health-member"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { passive = {}, activ = {} }
}
