# expect: type: must be one of "key"; is "password"

resource "penstock_credential" "credential_type" {
  id        = "credential-type"
  consumer  = "c"
  type      = "password"
  secret_wo = "0123456789abcdef"
}
