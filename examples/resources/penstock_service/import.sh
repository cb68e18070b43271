terraform import penstock_service.users users
