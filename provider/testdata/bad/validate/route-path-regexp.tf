# expect: paths[1]: 

resource "penstock_route" "route_path_regexp" {
  id       = "route-path-regexp"
  upstream = "u"
  paths    = ["/a", "~^/(b"]
}
