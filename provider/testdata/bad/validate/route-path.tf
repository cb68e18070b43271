# expect: paths[0]: 

resource "penstock_route" "route_path" {
  id       = "route-path"
  upstream = "u"
  paths    = ["a"]
}
