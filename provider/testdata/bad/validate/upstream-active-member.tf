# expect: health.active.intervall: is not a field here

resource "penstock_upstream" "upstream_active_member" {
  id      = "upstream-active-member"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { intervall = "5s" } }
}
