# expect: max_streams: must be between 1 and 10000, is 20000

resource "penstock_listener" "listener_streams" {
  id          = "listener-streams"
  address     = ":8443"
  max_streams = 20000
}
