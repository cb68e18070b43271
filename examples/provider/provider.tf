terraform {
  required_version = ">= 1.11" # for write-only attributes

  required_providers {
    penstock = {
      source = "penstock-gateway/penstock"
    }
  }
}

# The token comes from PENSTOCK_TOKEN, so that it is in no file.
provider "penstock" {
  endpoint = "https://gateway.example.com:9180"
}
