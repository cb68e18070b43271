# expect: protocol: must be one of "http", "https", "h2c", "grpc", "grpcs"; is "http2"

resource "penstock_upstream" "upstream_protocol" {
  id       = "upstream-protocol"
  protocol = "http2"
  targets  = [{ host = "127.0.0.1", port = 80 }]
}
