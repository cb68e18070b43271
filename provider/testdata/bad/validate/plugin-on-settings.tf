# expect: plugins.rate_limit.statsu: is not a field here

resource "penstock_cluster_settings" "plugin_on_settings" {
  plugins = { rate_limit = { count = 1, statsu = 500 } }
}
