# expect: headers[0].name: is required

resource "penstock_route" "route_header_no_name" {
  id       = "route-header-no-name"
  upstream = "u"
  headers  = [{ value = "a" }]
}
