# expect: address: ":18080" is the address of listener/alike-a already

resource "penstock_listener" "alike_a" {
  id      = "alike-a"
  address = ":18080"
}

resource "penstock_listener" "alike_b" {
  id         = "alike-b"
  address    = ":18080"
  depends_on = [penstock_listener.alike_a]
}
