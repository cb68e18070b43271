# expect: balance.hash_on: means nothing with the algorithm "least_request"; leave it out, or choose "consistent_hash"

resource "penstock_upstream" "upstream_hash_no_algorithm" {
  id      = "upstream-hash-no-algorithm"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { algorithm = "least_request", hash_on = [{ source = "path" }] }
}
