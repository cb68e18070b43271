# expect: list of string required

resource "penstock_route" "route_paths_text" {
  id       = "route-paths-text"
  upstream = "u"
  paths    = "/a"
}
