# expect: secret_wo: must have between 16 and 512 characters, has 5

resource "penstock_credential" "credential_short" {
  id        = "credential-short"
  consumer  = "c"
  type      = "key"
  secret_wo = "short"
}
