# expect: retries.grpc_statuses[0]: must be one of

resource "penstock_upstream" "upstream_retries_grpc_status" {
  id       = "upstream-retries-grpc-status"
  targets  = [{ host = "127.0.0.1", port = 80 }]
  protocol = "grpc"
  retries  = { unsafe = true, grpc_statuses = ["OK"] }
}
