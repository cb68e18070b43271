# expect: plugins.rate_limit.window: must be between 10ms and 24h, is 1ms

resource "penstock_route" "plugin_window" {
  id       = "plugin-window"
  upstream = "u"
  plugins  = { rate_limit = { count = 1, window = "1ms" } }
}
