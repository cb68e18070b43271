# expect: forwarded: must be one of "x_forwarded", "forwarded", "both", "none"

resource "penstock_listener" "listener_forwarded" {
  id        = "listener-forwarded"
  address   = ":8443"
  forwarded = "all"
}
