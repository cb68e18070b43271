# expect: plugins.headers.response.add.x-a: must not contain control characters

resource "penstock_route" "plugin_header_value" {
  id       = "plugin-header-value"
  upstream = "u"
  plugins  = { headers = { response = { add = { x-a = "b\n" } } } }
}
