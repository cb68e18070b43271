# expect: retries.attempts: must be between 1 and 10, is 0

resource "penstock_upstream" "upstream_retries_attempts" {
  id      = "upstream-retries-attempts"
  targets = [{ host = "127.0.0.1", port = 80 }]
  retries = { attempts = 0 }
}
