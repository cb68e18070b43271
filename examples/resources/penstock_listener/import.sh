terraform import penstock_listener.web web
