# expect: tls.server_name: must be a host name

resource "penstock_upstream" "upstream_tls_name" {
  id       = "upstream-tls-name"
  protocol = "https"
  targets  = [{ host = "127.0.0.1", port = 80 }]
  tls      = { server_name = "a b" }
}
