# expect: plugins.headers.request.set["a b"]: the key must be a header name

resource "penstock_route" "plugin_header_name" {
  id       = "plugin-header-name"
  upstream = "u"
  plugins  = { headers = { request = { set = { "a b" = "c" } } } }
}
