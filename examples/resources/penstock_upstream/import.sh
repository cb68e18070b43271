terraform import penstock_upstream.users users
