# expect: max_tunnels: must be at least 1, is 0

resource "penstock_listener" "listener_tunnels" {
  id          = "listener-tunnels"
  address     = ":8443"
  max_tunnels = 0
}
