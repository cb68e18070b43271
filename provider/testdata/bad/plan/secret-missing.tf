# expect: secret_wo: is required to create the object

resource "penstock_consumer" "secret_missing" {
  id = "secret-missing"
}

resource "penstock_credential" "secret_missing" {
  id       = "secret-missing"
  consumer = penstock_consumer.secret_missing.id
  type     = "key"
}
