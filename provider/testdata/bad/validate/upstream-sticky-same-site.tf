# expect: balance.sticky.same_site: "none" needs secure

resource "penstock_upstream" "upstream_sticky_same_site" {
  id      = "upstream-sticky-same-site"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { sticky = { cookie = "target", same_site = "none", secure = false } }
}
