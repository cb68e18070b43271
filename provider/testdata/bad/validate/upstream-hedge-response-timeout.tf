# expect: retries.hedge.after: must be less than response_timeout, which is 1s; it is 2s

resource "penstock_upstream" "upstream_hedge_response_timeout" {
  id               = "upstream-hedge-response-timeout"
  targets          = [{ host = "127.0.0.1", port = 80 }]
  response_timeout = "1s"
  retries          = { hedge = { after = "2s" } }
}
