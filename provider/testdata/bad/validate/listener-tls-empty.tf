# expect: tls.certificates: is required

resource "penstock_listener" "listener_tls_empty" {
  id      = "listener-tls-empty"
  address = ":8443"
  tls     = {}
}
