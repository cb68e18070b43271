# expect: retries.per_try_timeout: must be at most response_timeout, which is 1s; it is 2s

resource "penstock_upstream" "upstream_timeout_per_try_response" {
  id               = "upstream-timeout-per-try-response"
  targets          = [{ host = "127.0.0.1", port = 80 }]
  response_timeout = "1s"
  retries          = { per_try_timeout = "2s" }
}
