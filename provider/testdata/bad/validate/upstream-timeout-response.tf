# expect: response_timeout: must be at most request_timeout, which is 1s; it is 2s

resource "penstock_upstream" "upstream_timeout_response" {
  id               = "upstream-timeout-response"
  targets          = [{ host = "127.0.0.1", port = 80 }]
  response_timeout = "2s"
  request_timeout  = "1s"
}
