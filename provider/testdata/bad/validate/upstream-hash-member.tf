# expect: balance.hash_on[0].header: is not a field here

resource "penstock_upstream" "upstream_hash_member" {
  id      = "upstream-hash-member"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { algorithm = "consistent_hash", hash_on = [{ source = "path", header = "x-tenant" }] }
}
