# expect: max_idle: must be between 1 and 65535, is 0

resource "penstock_upstream" "upstream_max_idle" {
  id       = "upstream-max-idle"
  targets  = [{ host = "127.0.0.1", port = 80 }]
  max_idle = 0
}
