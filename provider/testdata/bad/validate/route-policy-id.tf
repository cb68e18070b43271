# expect: policies[0]: must be an id

resource "penstock_route" "route_policy_id" {
  id       = "route-policy-id"
  upstream = "u"
  policies = ["a b"]
}
