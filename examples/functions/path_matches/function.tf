# A test of the routes that asks no gateway.
check "one_user_has_a_route" {
  assert {
    condition     = anytrue([for p in penstock_route.users.paths : provider::penstock::path_matches(p, "/users/42")])
    error_message = "No path of the route takes the path of a user."
  }
}
