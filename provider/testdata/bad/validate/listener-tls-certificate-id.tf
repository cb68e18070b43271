# expect: tls.certificates[0]: must be an id

resource "penstock_listener" "listener_tls_certificate_id" {
  id      = "listener-tls-certificate-id"
  address = ":8443"
  tls     = { certificates = ["a b"] }
}
