# expect: paths[1]: is the same as element 0

resource "penstock_route" "route_path_twice" {
  id       = "route-path-twice"
  upstream = "u"
  paths    = ["/a", "/a"]
}
