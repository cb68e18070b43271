# expect: The argument "id" is required

resource "penstock_upstream" "id_missing" {
  targets = [{ host = "127.0.0.1", port = 80 }]
}
