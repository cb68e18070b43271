# expect: max_header_fields: must be between 8 and 1024, is 4

resource "penstock_listener" "listener_head_fields" {
  id                = "listener-head-fields"
  address           = ":8443"
  max_header_fields = 4
}
