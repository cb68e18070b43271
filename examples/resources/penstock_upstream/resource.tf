resource "penstock_upstream" "users" {
  id       = "users"
  protocol = "http"

  targets = [
    { host = "10.0.1.10", port = 8080, weight = 45 },
    { host = "10.0.2.10", port = 8080, weight = 45 },
    # A tenth of the requests go to the next version.
    { host = "10.0.1.20", port = 8080, weight = 10, tags = { version = "2" } },
  ]

  connect_timeout  = "2s"
  response_timeout = "30s"
}

resource "penstock_upstream" "greeter" {
  id       = "greeter"
  protocol = "grpcs"

  targets = [{ host = "greeter.internal", port = 8443 }]

  tls = {
    server_name        = "greeter.internal"
    client_certificate = penstock_certificate.web.id # for targets that ask for one
  }

  stall_timeout = "1m"
}

# Two zones and a stand-in elsewhere, with everything that is there for bad days.
resource "penstock_upstream" "orders" {
  id = "orders"

  targets = [
    { host = "10.0.1.30", port = 8080, zone = "eu-1a" },
    { host = "10.0.2.30", port = 8080, zone = "eu-1b" },
    { host = "10.9.1.30", port = 8080, tier = 1 }, # when the others cannot take it all
  ]

  balance = {
    algorithm  = "least_request"
    slow_start = "30s"
    sticky     = { cookie = "orders_target", ttl = "8h" }
  }

  zones = { min_healthy = 70 }

  health = {
    active = {
      path              = "/healthz"
      interval          = "5s"
      expected_statuses = ["200-299"]
    }
    passive = {
      consecutive_failures = 5
      failure_ratio        = 50
    }
    panic_threshold = 30
  }

  retries = {
    attempts        = 3
    on              = ["connect", "reset", "timeout"]
    statuses        = ["502-504"]
    per_try_timeout = "2s"
    budget          = 20
    hedge           = { after = "500ms" }
  }

  limits = {
    max_requests    = 1000
    max_pending     = 200
    pending_timeout = "2s"
  }

  connect_timeout  = "1s"
  response_timeout = "10s"
  request_timeout  = "30s"
}

# Targets from DNS; the same tenant always goes to the same one.
resource "penstock_upstream" "cache" {
  id = "cache"

  discovery = {
    dns = {
      name     = "cache.internal"
      port     = 6081
      resolver = ["10.0.0.2", "10.0.0.3"]
    }
  }

  balance = {
    algorithm = "consistent_hash"
    hash_on   = [{ source = "header", name = "x-tenant" }, { source = "client_address" }]
  }
}
