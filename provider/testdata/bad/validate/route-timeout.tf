# expect: timeout: must be between 1ms and 24h, is 0s

resource "penstock_route" "route_timeout" {
  id       = "route-timeout"
  upstream = "u"
  timeout  = "0s"
}
