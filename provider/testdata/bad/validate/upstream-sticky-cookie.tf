# expect: balance.sticky.cookie: must be the name of a cookie

resource "penstock_upstream" "upstream_sticky_cookie" {
  id      = "upstream-sticky-cookie"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { sticky = { cookie = "my target" } }
}
