# expect: balance.algoritm: is not a field here; the fields are "algorithm", "hash_on", "slow_start", "sticky"; did you mean "algorithm"?

resource "penstock_upstream" "upstream_balance_member" {
  id      = "upstream-balance-member"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { algoritm = "random" }
}
