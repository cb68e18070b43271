# expect: retries.on[1]: must be one of "connect", "reset", "timeout"; is "5xx"

resource "penstock_upstream" "upstream_retries_on" {
  id      = "upstream-retries-on"
  targets = [{ host = "127.0.0.1", port = 80 }]
  retries = { on = ["reset", "5xx"] }
}
