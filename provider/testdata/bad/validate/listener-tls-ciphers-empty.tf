# expect: tls.ciphers: must not be empty

resource "penstock_listener" "listener_tls_ciphers_empty" {
  id      = "listener-tls-ciphers-empty"
  address = ":8443"
  tls     = { certificates = ["c"], ciphers = [] }
}
