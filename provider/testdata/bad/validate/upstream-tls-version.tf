# expect: tls.min_version: must be one of "1.2", "1.3"; is "1.1"

resource "penstock_upstream" "upstream_tls_version" {
  id       = "upstream-tls-version"
  protocol = "https"
  tls      = { min_version = "1.1" }
}
