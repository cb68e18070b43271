# expect: stall_timeout: must be between 100ms and 24h, is 1ms

resource "penstock_listener" "listener_stall_timeout" {
  id            = "listener-stall-timeout"
  address       = ":8443"
  stall_timeout = "1ms"
}
