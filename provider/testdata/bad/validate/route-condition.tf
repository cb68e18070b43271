# expect: condition: 

resource "penstock_route" "route_condition" {
  id        = "route-condition"
  upstream  = "u"
  condition = "request.path =="
}
