# expect: retries.attempt: is not a field here

resource "penstock_upstream" "upstream_retries_member" {
  id      = "upstream-retries-member"
  targets = [{ host = "127.0.0.1", port = 80 }]
  retries = { attempt = 2 }
}
