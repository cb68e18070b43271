# expect: tls.server_name: must not be empty; leave it out instead

resource "penstock_upstream" "upstream_tls_name_empty" {
  id       = "upstream-tls-name-empty"
  protocol = "https"
  targets  = [{ host = "127.0.0.1", port = 80 }]
  tls      = { server_name = "" }
}
