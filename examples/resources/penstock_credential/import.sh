terraform import penstock_credential.ann ann
