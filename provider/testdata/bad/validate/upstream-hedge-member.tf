# expect: retries.hedge.delay: is not a field here

resource "penstock_upstream" "upstream_hedge_member" {
  id      = "upstream-hedge-member"
  targets = [{ host = "127.0.0.1", port = 80 }]
  retries = { hedge = { after = "50ms", delay = "1s" } }
}
