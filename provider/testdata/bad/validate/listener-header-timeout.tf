# expect: header_timeout: must be between 10ms and 10m, is 1ms

resource "penstock_listener" "listener_header_timeout" {
  id             = "listener-header-timeout"
  address        = ":8080"
  header_timeout = "1ms"
}
