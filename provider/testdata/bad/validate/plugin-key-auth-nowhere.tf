# expect: plugins.key_auth.headers: must not be empty unless

resource "penstock_route" "plugin_key_auth_nowhere" {
  id       = "plugin-key-auth-nowhere"
  upstream = "u"
  plugins  = { key_auth = { headers = [] } }
}
