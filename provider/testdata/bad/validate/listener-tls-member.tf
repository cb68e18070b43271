# expect: tls.min_versoin: is not a field here

resource "penstock_listener" "listener_tls_member" {
  id      = "listener-tls-member"
  address = ":8443"
  tls     = { certificates = ["c"], min_versoin = "1.3" }
}
