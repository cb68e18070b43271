# expect: id: must be an id

resource "penstock_upstream" "id_empty" {
  id      = ""
  targets = [{ host = "127.0.0.1", port = 80 }]
}
