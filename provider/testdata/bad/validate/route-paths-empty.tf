# expect: paths: must not be empty

resource "penstock_route" "route_paths_empty" {
  id       = "route-paths-empty"
  upstream = "u"
  paths    = []
}
