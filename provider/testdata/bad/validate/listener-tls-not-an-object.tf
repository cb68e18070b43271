# expect: tls: must be an object, is true

resource "penstock_listener" "listener_tls_not_an_object" {
  id      = "listener-tls-not-an-object"
  address = ":8443"
  tls     = true
}
