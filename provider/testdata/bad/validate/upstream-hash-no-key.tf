# expect: balance.hash_on: is required with the algorithm "consistent_hash"

resource "penstock_upstream" "upstream_hash_no_key" {
  id      = "upstream-hash-no-key"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { algorithm = "consistent_hash" }
}
