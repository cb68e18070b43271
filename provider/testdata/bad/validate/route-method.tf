# expect: methods[0]: must be a request method in capitals

resource "penstock_route" "route_method" {
  id       = "route-method"
  upstream = "u"
  methods  = ["get"]
}
