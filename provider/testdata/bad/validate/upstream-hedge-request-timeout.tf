# expect: retries.hedge.after: must be less than request_timeout, which is 1s; it is 2s

resource "penstock_upstream" "upstream_hedge_request_timeout" {
  id              = "upstream-hedge-request-timeout"
  targets         = [{ host = "127.0.0.1", port = 80 }]
  request_timeout = "1s"
  retries         = { hedge = { after = "2s" } }
}
