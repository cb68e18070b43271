# expect: address: must be "address:port", with the port

resource "penstock_listener" "listener_address_no_port" {
  id      = "listener-address-no-port"
  address = "127.0.0.1"
}
