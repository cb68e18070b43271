# expect: a bool is required

resource "penstock_listener" "listener_half_close" {
  id         = "listener-half-close"
  address    = ":8443"
  half_close = "sometimes"
}
