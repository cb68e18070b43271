import {
  to = penstock_service.users
  id = "users"
}
