# expect: tls.certificates: must not be empty

resource "penstock_listener" "listener_tls_no_certificate" {
  id      = "listener-tls-no-certificate"
  address = ":8443"
  tls     = { certificates = [] }
}
