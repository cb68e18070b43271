# expect: plugins.rate_limit.count: must be between

resource "penstock_consumer" "plugin_on_consumer" {
  id      = "plugin-on-consumer"
  plugins = { rate_limit = { count = -1 } }
}
