# expect: address: must end in a port between 1 and 65535

resource "penstock_listener" "listener_address_port" {
  id      = "listener-address-port"
  address = ":70000"
}
