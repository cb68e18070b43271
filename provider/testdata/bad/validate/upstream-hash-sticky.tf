# expect: balance.sticky: cannot be combined with "consistent_hash"

resource "penstock_upstream" "upstream_hash_sticky" {
  id      = "upstream-hash-sticky"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { algorithm = "consistent_hash", hash_on = [{ source = "path" }], sticky = { cookie = "target" } }
}
