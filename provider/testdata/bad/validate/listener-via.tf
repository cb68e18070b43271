# expect: via: must be a name of

resource "penstock_listener" "listener_via" {
  id      = "listener-via"
  address = ":8443"
  via     = "edge 1"
}
