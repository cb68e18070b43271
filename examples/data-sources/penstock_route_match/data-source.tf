data "penstock_route_match" "one_user" {
  listener = penstock_listener.web.id
  host     = "api.example.com"
  path     = "/users/42?fields=name"

  depends_on = [penstock_route.users]
}

output "route_of_one_user" {
  value = data.penstock_route_match.one_user.route
}
