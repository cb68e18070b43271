# expect: max_header_bytes: must be between 1024 and 1048576, is 10

resource "penstock_listener" "listener_head_size" {
  id               = "listener-head-size"
  address          = ":8080"
  max_header_bytes = 10
}
