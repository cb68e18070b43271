# expect: balance.hash_on[0].source: must be one of

resource "penstock_upstream" "upstream_hash_source" {
  id      = "upstream-hash-source"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { algorithm = "consistent_hash", hash_on = [{ source = "client_ip" }] }
}
