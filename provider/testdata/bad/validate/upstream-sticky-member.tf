# expect: balance.sticky.max_age: is not a field here

resource "penstock_upstream" "upstream_sticky_member" {
  id      = "upstream-sticky-member"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { sticky = { cookie = "target", max_age = "1h" } }
}
