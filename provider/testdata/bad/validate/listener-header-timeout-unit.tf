# expect: header_timeout: must be a duration such as

resource "penstock_listener" "listener_header_timeout_unit" {
  id             = "listener-header-timeout-unit"
  address        = ":8080"
  header_timeout = "10"
}
