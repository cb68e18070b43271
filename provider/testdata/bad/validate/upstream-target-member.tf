# expect: targets[0].wieght: is not a field here; the fields are "host", "port", "weight", "zone", "tier", "tags"; did you mean "weight"?

resource "penstock_upstream" "upstream_target_member" {
  id      = "upstream-target-member"
  targets = [{ host = "127.0.0.1", port = 80, wieght = 0 }]
}
