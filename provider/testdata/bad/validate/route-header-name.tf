# expect: headers[0].name: must be a header name

resource "penstock_route" "route_header_name" {
  id       = "route-header-name"
  upstream = "u"
  headers  = [{ name = "a b" }]
}
