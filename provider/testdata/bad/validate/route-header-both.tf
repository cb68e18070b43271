# expect: headers[0]: give one of value, regex and present, not several

resource "penstock_route" "route_header_both" {
  id       = "route-header-both"
  upstream = "u"
  headers  = [{ name = "a", value = "b", present = true }]
}
