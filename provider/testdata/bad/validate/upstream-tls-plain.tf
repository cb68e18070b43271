# expect: tls: needs the protocol "https" or "grpcs"; it is "http"

resource "penstock_upstream" "upstream_tls_plain" {
  id       = "upstream-tls-plain"
  protocol = "http"
  targets  = [{ host = "127.0.0.1", port = 80 }]
  tls      = {}
}
