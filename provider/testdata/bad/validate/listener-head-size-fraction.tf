# expect: max_header_bytes: must be a whole number, is 2048.5

resource "penstock_listener" "listener_head_size_fraction" {
  id               = "listener-head-size-fraction"
  address          = ":8080"
  max_header_bytes = 2048.5
}
