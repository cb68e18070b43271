# expect: plugins.rate_limit.count: must be a whole number, is a string

resource "penstock_route" "plugin_count_text" {
  id       = "plugin-count-text"
  upstream = "u"
  plugins  = { rate_limit = { count = "many" } }
}
