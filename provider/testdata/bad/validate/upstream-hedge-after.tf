# expect: retries.hedge.after: must be less than per_try_timeout, which is 1s; it is 1s

resource "penstock_upstream" "upstream_hedge_after" {
  id      = "upstream-hedge-after"
  targets = [{ host = "127.0.0.1", port = 80 }]
  retries = { per_try_timeout = "1s", hedge = { after = "1s" } }
}
