# expect: client_networks[1]: must be an IP address or a network

resource "penstock_route" "route_network" {
  id              = "route-network"
  upstream        = "u"
  client_networks = ["10.0.0.0/8", "example.com"]
}
