# expect: retries.grpc_statuses: needs unsafe to be true

resource "penstock_upstream" "upstream_retries_grpc" {
  id       = "upstream-retries-grpc"
  targets  = [{ host = "127.0.0.1", port = 80 }]
  protocol = "grpc"
  retries  = { grpc_statuses = ["UNAVAILABLE"] }
}
