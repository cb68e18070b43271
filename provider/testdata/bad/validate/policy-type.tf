# expect: plugins.rate_limit.count: must be a whole number, is true

resource "penstock_policy" "policy_type" {
  id      = "policy-type"
  plugins = { rate_limit = { count = true } }
}
