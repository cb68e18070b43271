# expect: targets[0].port: must be between 1 and 65535, is 0

resource "terraform_data" "unknown_beside" {
  input = "127.0.0.1"
}

resource "penstock_upstream" "unknown_beside" {
  id          = "unknown-beside"
  description = terraform_data.unknown_beside.output
  targets     = [{ host = terraform_data.unknown_beside.output, port = 0 }]
}
