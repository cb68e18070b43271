# expect: The argument "address" is required

resource "penstock_listener" "listener_address_missing" {
  id = "listener-address-missing"
}
