# expect: secret_wo: is the secret of credential/alike-a already

resource "penstock_consumer" "alike" {
  id = "alike"
}

resource "penstock_credential" "alike_a" {
  id        = "alike-a"
  consumer  = penstock_consumer.alike.id
  type      = "key"
  secret_wo = "the-same-secret-twice"
}

resource "penstock_credential" "alike_b" {
  id         = "alike-b"
  consumer   = penstock_consumer.alike.id
  type       = "key"
  secret_wo  = "the-same-secret-twice"
  depends_on = [penstock_credential.alike_a]
}
