# expect: balance.sticky.path: must have no ";" and no "?"

resource "penstock_upstream" "upstream_sticky_path" {
  id      = "upstream-sticky-path"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { sticky = { cookie = "target", path = "/a;b" } }
}
