terraform import penstock_route.users users
