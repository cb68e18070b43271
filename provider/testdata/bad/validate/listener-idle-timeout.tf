# expect: idle_timeout: must be between 100ms and 24h, is 48h

resource "penstock_listener" "listener_idle_timeout" {
  id           = "listener-idle-timeout"
  address      = ":8080"
  idle_timeout = "48h"
}
