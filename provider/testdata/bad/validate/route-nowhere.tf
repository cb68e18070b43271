# expect: upstream: is required where no service is given

resource "penstock_route" "route_nowhere" {
  id    = "route-nowhere"
  paths = ["/a"]
}
