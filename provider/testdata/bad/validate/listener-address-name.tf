# expect: address: must have an IP address of this machine before the port

resource "penstock_listener" "listener_address_name" {
  id      = "listener-address-name"
  address = "example.com:80"
}
