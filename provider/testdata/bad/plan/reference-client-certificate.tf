# expect: tls.client_certificate: there is no certificate "nowhere"

resource "penstock_upstream" "reference_client_certificate" {
  id       = "reference-client-certificate"
  protocol = "https"
  tls      = { client_certificate = "nowhere" }
}
