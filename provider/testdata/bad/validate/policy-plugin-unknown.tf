# expect: plugins.rate_limt: is not a plugin

resource "penstock_policy" "policy_plugin_unknown" {
  id      = "policy-plugin-unknown"
  plugins = { rate_limt = { count = 1 } }
}
