# expect: a number is required

resource "penstock_upstream" "upstream_max_idle_text" {
  id       = "upstream-max-idle-text"
  targets  = [{ host = "127.0.0.1", port = 80 }]
  max_idle = "many"
}
