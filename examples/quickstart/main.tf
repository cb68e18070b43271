# One port for everything: gRPC on every path, HTTP and WebSocket below /test.

terraform {
  required_providers {
    penstock = {
      source = "penstock-gateway/penstock"
    }
  }
}

# The endpoint and the token come from PENSTOCK_ENDPOINT and PENSTOCK_TOKEN.
provider "penstock" {}

resource "penstock_listener" "main" {
  id      = "main"
  address = var.listen
}

resource "penstock_upstream" "echo" {
  id       = "echo"
  protocol = "http"
  targets  = [{ host = "127.0.0.1", port = var.http_port }]
}

resource "penstock_upstream" "greeter" {
  id       = "greeter"
  protocol = "grpc"
  targets  = [{ host = "127.0.0.1", port = var.grpc_port }]
}

# What everybody gets.
resource "penstock_policy" "standard" {
  id = "standard"
  plugins = {
    compress   = {}
    rate_limit = { count = 1000, window = "1s" }
  }
}

resource "penstock_route" "grpc" {
  id       = "grpc"
  paths    = ["/*"]
  upstream = penstock_upstream.greeter.id
  policies = [penstock_policy.standard.id]
}

resource "penstock_route" "http" {
  id       = "http"
  paths    = ["/test", "/test/*"]
  upstream = penstock_upstream.echo.id
  policies = [penstock_policy.standard.id]
  plugins = {
    headers = { response = { set = { "x-release" = var.release } } }
  }
}
