import {
  to = penstock_listener.web
  id = "web"
}
