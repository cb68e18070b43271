# expect: balance.hash_on: must not be empty

resource "penstock_upstream" "upstream_hash_empty" {
  id      = "upstream-hash-empty"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { algorithm = "consistent_hash", hash_on = [] }
}
