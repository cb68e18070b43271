# expect: balance.algorithm: must be one of "round_robin", "least_request", "ewma", "consistent_hash", "random"; is "least_requests"; did you mean "least_request"?

resource "penstock_upstream" "upstream_balance_algorithm" {
  id      = "upstream-balance-algorithm"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { algorithm = "least_requests" }
}
