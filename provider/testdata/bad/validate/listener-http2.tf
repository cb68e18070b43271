# expect: a bool is required

resource "penstock_listener" "listener_http2" {
  id      = "listener-http2"
  address = ":8080"
  http2   = "perhaps"
}
