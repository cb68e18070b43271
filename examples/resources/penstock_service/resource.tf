# Several routes to one upstream, with the same plugins.
resource "penstock_service" "users" {
  id       = "users"
  upstream = penstock_upstream.users.id
  policies = [penstock_policy.standard.id]
}
