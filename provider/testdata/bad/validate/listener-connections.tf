# expect: max_connections: must be at least 1, is -1

resource "penstock_listener" "listener_connections" {
  id              = "listener-connections"
  address         = ":8443"
  max_connections = -1
}
