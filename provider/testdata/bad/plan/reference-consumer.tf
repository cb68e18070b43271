# expect: consumer: there is no consumer "nowhere"

resource "penstock_credential" "reference_consumer" {
  id        = "reference-consumer"
  consumer  = "nowhere"
  type      = "key"
  secret_wo = "reference-consumer-secret"
}
