# expect: balance.hash_on[0].name: means nothing with the source "client_address"; leave it out

resource "penstock_upstream" "upstream_hash_name" {
  id      = "upstream-hash-name"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { algorithm = "consistent_hash", hash_on = [{ source = "client_address", name = "x-forwarded-for" }] }
}
