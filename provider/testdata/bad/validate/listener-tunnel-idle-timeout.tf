# expect: tunnel_idle_timeout: must be between 100ms and 168h, is 720h

resource "penstock_listener" "listener_tunnel_idle_timeout" {
  id                  = "listener-tunnel-idle-timeout"
  address             = ":8443"
  tunnel_idle_timeout = "720h"
}
