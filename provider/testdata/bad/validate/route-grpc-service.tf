# expect: grpc[0].service: must be a gRPC service's full name

resource "penstock_route" "route_grpc_service" {
  id       = "route-grpc-service"
  upstream = "u"
  grpc     = [{ service = "a/b" }]
}
