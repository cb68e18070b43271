# expect: targets[0].host: must be a host name or IP address without a scheme

resource "penstock_upstream" "upstream_target_scheme" {
  id      = "upstream-target-scheme"
  targets = [{ host = "http://example.com", port = 80 }]
}
