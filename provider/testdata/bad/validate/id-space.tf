# expect: id: must be an id

resource "penstock_route" "id_space" {
  id       = "a b"
  upstream = "u"
}
