# expect: grpc: cannot be combined with paths

resource "penstock_route" "route_grpc_and_paths" {
  id       = "route-grpc-and-paths"
  upstream = "u"
  grpc     = [{ service = "a.B" }]
  paths    = ["/a"]
}
