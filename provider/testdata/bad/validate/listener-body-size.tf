# expect: max_body_bytes: must be at least 1, is 0

resource "penstock_listener" "listener_body_size" {
  id             = "listener-body-size"
  address        = ":8443"
  max_body_bytes = 0
}
