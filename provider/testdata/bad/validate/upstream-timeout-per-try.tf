# expect: retries.per_try_timeout: must be at most request_timeout, which is 1s; it is 2s

resource "penstock_upstream" "upstream_timeout_per_try" {
  id              = "upstream-timeout-per-try"
  targets         = [{ host = "127.0.0.1", port = 80 }]
  request_timeout = "1s"
  retries         = { per_try_timeout = "2s" }
}
