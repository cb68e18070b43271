# expect: balance: must be an object

resource "penstock_upstream" "upstream_balance_text" {
  id      = "upstream-balance-text"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = "least_request"
}
