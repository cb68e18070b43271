# expect: retries.hedge: needs attempts of 2 or more; it is 1

resource "penstock_upstream" "upstream_hedge_attempts" {
  id      = "upstream-hedge-attempts"
  targets = [{ host = "127.0.0.1", port = 80 }]
  retries = { attempts = 1, hedge = { after = "50ms" } }
}
