# expect: tls.ca_certificate: must be PEM

resource "penstock_upstream" "upstream_tls_authorities" {
  id       = "upstream-tls-authorities"
  protocol = "https"
  targets  = [{ host = "127.0.0.1", port = 80 }]
  tls      = { ca_certificate = "nonsense" }
}
