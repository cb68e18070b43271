resource "penstock_route" "users" {
  id        = "users"
  listeners = [penstock_listener.web.id]
  hosts     = ["api.example.com"]
  paths     = ["/users", "/users/*"]
  service   = penstock_service.users.id

  # These override those of the service's policies, plugin by plugin.
  plugins = {
    rate_limit = {
      count  = 20
      window = "1s"
    }
  }
}

# gRPC on the same port: one method, and a service.
resource "penstock_route" "greeter" {
  id       = "greeter"
  hosts    = ["api.example.com"]
  grpc     = [{ service = "helloworld.Greeter", method = "SayHello" }, { service = "grpc.health.v1.Health" }]
  upstream = penstock_upstream.greeter.id
}

# Conditions: a beta for those who ask for it, from within.
resource "penstock_route" "users_beta" {
  id              = "users-beta"
  hosts           = ["api.example.com"]
  paths           = ["/users/*"]
  methods         = ["GET"]
  headers         = [{ name = "x-beta", value = "on" }]
  cookies         = [{ name = "session" }]
  client_networks = ["10.0.0.0/8"]
  condition       = "request.headers['user-agent'].contains('Firefox')"
  upstream        = penstock_upstream.users.id
  timeout         = "10s"
}
