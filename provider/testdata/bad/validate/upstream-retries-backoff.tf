# expect: retries.max_backoff: must be at least backoff, which is 1s; it is 250ms

resource "penstock_upstream" "upstream_retries_backoff" {
  id      = "upstream-retries-backoff"
  targets = [{ host = "127.0.0.1", port = 80 }]
  retries = { backoff = "1s" }
}
