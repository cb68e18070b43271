# expect: plugins.rate_limit.windw: is not a field here

resource "penstock_policy" "policy_field_unknown" {
  id      = "policy-field-unknown"
  plugins = { rate_limit = { count = 1, windw = "1s" } }
}
