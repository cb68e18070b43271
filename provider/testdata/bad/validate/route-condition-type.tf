# expect: condition: 

resource "penstock_route" "route_condition_type" {
  id        = "route-condition-type"
  upstream  = "u"
  condition = "request.path"
}
