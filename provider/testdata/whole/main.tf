# Every kind of object with every way to write it. The test gives the variables.

variable "chain" {
  type = string
}

variable "key" {
  type      = string
  sensitive = true
  ephemeral = true
}

variable "secret" {
  type      = string
  sensitive = true
  ephemeral = true
}

variable "address" {
  type        = string
  default     = "127.0.0.1:18443"
  description = "Of the listener."
}

variable "version_of_secrets" {
  type    = number
  default = 1
}

variable "step" {
  type        = string
  default     = "first"
  description = "Changing it changes every object in place."
}

locals {
  later = var.step != "first"
}

resource "penstock_certificate" "web" {
  id                     = "web"
  description            = var.step
  certificate            = var.chain
  private_key_wo         = var.key
  private_key_wo_version = var.version_of_secrets
}

resource "penstock_policy" "limits" {
  id          = "limits"
  description = var.step
  plugins = {
    rate_limit = {
      count  = local.later ? 20 : 10
      window = "60s"
      key    = ["client_ip", "header:x-tenant"]
    }
    headers = {
      response = { set = { x-gateway = "penstock" } }
      request  = null
    }
  }
}

resource "penstock_cluster_settings" "all" {
  description = var.step
  policies    = [penstock_policy.limits.id]
  plugins = {
    compress = { min_size = 512 }
  }
}

resource "penstock_listener" "web" {
  id              = "web"
  description     = var.step
  address         = var.address
  http2           = !local.later
  idle_timeout    = "90s"
  trusted_proxies = ["10.0.0.0/8"]
  forwarded       = local.later ? "both" : "forwarded"
  via             = local.later ? null : "edge-1"

  stall_timeout       = "30s"
  tunnel_idle_timeout = local.later ? "1h" : "60m"
  half_close          = local.later
  max_header_fields   = 64
  max_body_bytes      = 4294967296
  max_requests        = local.later ? null : 1000
  max_connections     = 10000
  max_tunnels         = 1000
  max_streams         = 100

  tls = {
    certificates = [penstock_certificate.web.id]
    min_version  = "1.2"
    ciphers      = local.later ? ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"] : ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]
    client_ca    = var.chain
    client_auth  = local.later ? "require" : "optional"
  }
}

resource "penstock_upstream" "app" {
  id              = "app"
  description     = var.step
  labels          = { team = "edge" }
  protocol        = "https"
  connect_timeout = "1500ms"
  stall_timeout   = "10s"
  targets = concat([
    { host = "app-1.internal", port = 8443, weight = 3, tags = { version = "1" } },
    { host = "app-2.internal", port = 8443, weight = null },
  ], local.later ? [{ host = "app-3.internal", port = 8443 }] : [])
  tls = {
    server_name        = "app.internal"
    client_certificate = penstock_certificate.web.id
    min_version        = "1.3"
  }
}

resource "penstock_service" "app" {
  id          = "app"
  description = var.step
  upstream    = penstock_upstream.app.id
  policies    = [penstock_policy.limits.id]
  plugins     = { headers = { request = { remove = ["x-debug"] } } }
}

resource "penstock_route" "app" {
  id              = "app"
  description     = var.step
  listeners       = [penstock_listener.web.id]
  hosts           = ["example.com", "*.example.com"]
  paths           = local.later ? ["/app/{id}", "/app2/*"] : ["/app/{id}"]
  methods         = ["GET", "POST"]
  headers         = [{ name = "x-tenant", regex = "^[a-z]+$" }, { name = "x-debug", present = false }]
  query           = [{ name = "v", value = "" }]
  client_networks = ["192.0.2.0/24"]
  condition       = "request.method == 'GET' || request.path.startsWith('/app')"
  service         = penstock_service.app.id
  timeout         = "30s"
  plugins = {
    key_auth   = { headers = ["x-key"], hide_credentials = false }
    rate_limit = { count = 5, window = local.later ? "2m" : "1m" }
  }
  disabled_plugins = ["compress"]
}

resource "penstock_route" "grpc" {
  id       = "grpc"
  grpc     = [{ service = "helloworld.Greeter", method = "SayHello" }]
  upstream = penstock_upstream.app.id
}

resource "penstock_consumer" "ann" {
  id          = "ann"
  description = var.step
  policies    = [penstock_policy.limits.id]
  plugins     = { rate_limit = { count = 1000 } }
}

resource "penstock_credential" "ann" {
  id                = "ann"
  description       = var.step
  consumer          = penstock_consumer.ann.id
  type              = "key"
  secret_wo         = var.secret
  secret_wo_version = var.version_of_secrets
}
