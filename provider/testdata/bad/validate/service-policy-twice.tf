# expect: policies[1]: is the same as element 0

resource "penstock_service" "service_policy_twice" {
  id       = "service-policy-twice"
  upstream = "u"
  policies = ["p", "p"]
}
