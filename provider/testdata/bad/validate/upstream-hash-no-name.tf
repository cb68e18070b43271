# expect: balance.hash_on[1].name: is required with the source "header"

resource "penstock_upstream" "upstream_hash_no_name" {
  id      = "upstream-hash-no-name"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { algorithm = "consistent_hash", hash_on = [{ source = "consumer" }, { source = "header" }] }
}
