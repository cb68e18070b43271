# expect: retries.hedge.after: is required

resource "penstock_upstream" "upstream_hedge_no_after" {
  id      = "upstream-hedge-no-after"
  targets = [{ host = "127.0.0.1", port = 80 }]
  retries = { hedge = {} }
}
