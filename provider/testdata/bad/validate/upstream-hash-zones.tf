# expect: zones: cannot be combined with "consistent_hash"

resource "penstock_upstream" "upstream_hash_zones" {
  id      = "upstream-hash-zones"
  targets = [{ host = "127.0.0.1", port = 80, zone = "a" }]
  balance = { algorithm = "consistent_hash", hash_on = [{ source = "path" }] }
  zones   = {}
}
