# expect: id: must be "cluster": there is only one

resource "penstock_cluster_settings" "id_of_settings" {
  id = "other"
}
