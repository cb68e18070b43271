# An ephemeral variable is in no plan and in no state.
variable "ann_secret" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "penstock_credential" "ann" {
  id                = "ann"
  consumer          = penstock_consumer.ann.id
  type              = "key"
  secret_wo         = var.ann_secret
  secret_wo_version = 1 # raise it whenever the secret changes
}
