# expect: connect_timeout: must be between 1ms and 10m, is 0s

resource "penstock_upstream" "upstream_connect_timeout" {
  id              = "upstream-connect-timeout"
  targets         = [{ host = "127.0.0.1", port = 80 }]
  connect_timeout = "0s"
}
