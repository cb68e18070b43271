import {
  to = penstock_route.users
  id = "users"
}
