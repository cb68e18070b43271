# expect: secret_wo_version: must be at least 1, is 0

resource "penstock_credential" "credential_version" {
  id                = "credential-version"
  consumer          = "c"
  type              = "key"
  secret_wo         = "0123456789abcdef"
  secret_wo_version = 0
}
