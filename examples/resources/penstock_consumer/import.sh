terraform import penstock_consumer.ann ann
