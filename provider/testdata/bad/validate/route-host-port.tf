# expect: hosts[0]: 

resource "penstock_route" "route_host_port" {
  id       = "route-host-port"
  upstream = "u"
  hosts    = ["example.com:80"]
}
