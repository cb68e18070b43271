# expect: hosts[0]: 

resource "penstock_route" "route_host" {
  id       = "route-host"
  upstream = "u"
  hosts    = ["a.*.example.com"]
}
