# expect: max_requests: must be at least 1, is 0

resource "penstock_listener" "listener_requests" {
  id           = "listener-requests"
  address      = ":8443"
  max_requests = 0
}
