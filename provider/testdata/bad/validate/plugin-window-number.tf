# expect: plugins.rate_limit.window: must be a duration such as

resource "penstock_route" "plugin_window_number" {
  id       = "plugin-window-number"
  upstream = "u"
  plugins  = { rate_limit = { count = 1, window = 60 } }
}
