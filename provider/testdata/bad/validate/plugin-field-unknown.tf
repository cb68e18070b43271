# expect: plugins.rate_limit.windw: is not a field here; the fields are

resource "penstock_route" "plugin_field_unknown" {
  id       = "plugin-field-unknown"
  upstream = "u"
  plugins  = { rate_limit = { count = 1, windw = "1s" } }
}
