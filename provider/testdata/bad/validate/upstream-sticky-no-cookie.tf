# expect: balance.sticky.cookie: is required

resource "penstock_upstream" "upstream_sticky_no_cookie" {
  id      = "upstream-sticky-no-cookie"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { sticky = { ttl = "1h" } }
}
