# expect: health.passive.consecutive_errors: is not a field here

resource "penstock_upstream" "upstream_passive_member" {
  id      = "upstream-passive-member"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { passive = { consecutive_errors = 5 } }
}
