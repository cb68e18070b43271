# expect: protocol: must be one of

resource "penstock_upstream" "upstream_protocol_empty" {
  id       = "upstream-protocol-empty"
  protocol = ""
  targets  = [{ host = "127.0.0.1", port = 80 }]
}
