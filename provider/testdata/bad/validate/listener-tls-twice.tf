# expect: tls.certificates[1]: is the same as element 0

resource "penstock_listener" "listener_tls_twice" {
  id      = "listener-tls-twice"
  address = ":8443"
  tls     = { certificates = ["c", "c"] }
}
