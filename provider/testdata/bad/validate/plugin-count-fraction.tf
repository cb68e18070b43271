# expect: plugins.rate_limit.count: must be a whole number, is 1.5

resource "penstock_route" "plugin_count_fraction" {
  id       = "plugin-count-fraction"
  upstream = "u"
  plugins  = { rate_limit = { count = 1.5 } }
}
