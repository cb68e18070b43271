# expect: spells out more than 2048 combinations

resource "penstock_route" "route_too_many" {
  id       = "route-too-many"
  upstream = "u"
  paths    = [for i in range(50) : "/${i}"]
  hosts    = [for i in range(50) : "h${i}.example.com"]
}
