# expect: targets[0].host: must be a host name or IP address, without a port

resource "penstock_upstream" "upstream_target_host_port" {
  id      = "upstream-target-host-port"
  targets = [{ host = "example.com:80", port = 80 }]
}
