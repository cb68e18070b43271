# expect: takes the same requests as route/alike-a

resource "penstock_route" "alike_a" {
  id       = "alike-a"
  paths    = ["/alike/{id}"]
  upstream = "there"
}

resource "penstock_route" "alike_b" {
  id         = "alike-b"
  paths      = ["/alike/{name}"]
  upstream   = "there"
  depends_on = [penstock_route.alike_a]
}
