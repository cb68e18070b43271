# expect: id: must be an id

resource "penstock_consumer" "id_hyphen_first" {
  id = "-a"
}
