# expect: response_timeout: must be a duration

resource "penstock_upstream" "upstream_response_timeout" {
  id               = "upstream-response-timeout"
  targets          = [{ host = "127.0.0.1", port = 80 }]
  response_timeout = "soon"
}
