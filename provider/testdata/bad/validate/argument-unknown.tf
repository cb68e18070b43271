# expect: An argument named "target" is not expected here

resource "penstock_upstream" "argument_unknown" {
  id      = "argument-unknown"
  targets = [{ host = "127.0.0.1", port = 80 }]
  target  = []
}
