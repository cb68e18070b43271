# expect: tls.client_certificate: must be an id

resource "penstock_upstream" "upstream_tls_client_certificate" {
  id       = "upstream-tls-client-certificate"
  protocol = "https"
  tls      = { client_certificate = "a b" }
}
