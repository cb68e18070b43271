import {
  to = penstock_upstream.users
  id = "users"
}
