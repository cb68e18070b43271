# expect: balance.slow_start: means nothing with the algorithm "consistent_hash"

resource "penstock_upstream" "upstream_hash_slow_start" {
  id      = "upstream-hash-slow-start"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { algorithm = "consistent_hash", hash_on = [{ source = "path" }], slow_start = "30s" }
}
