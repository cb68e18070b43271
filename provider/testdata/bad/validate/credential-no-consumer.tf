# expect: The argument "consumer" is required

resource "penstock_credential" "credential_no_consumer" {
  id        = "credential-no-consumer"
  type      = "key"
  secret_wo = "0123456789abcdef"
}
