# Every route of the cluster compresses its responses and is logged.
resource "penstock_cluster_settings" "all" {
  plugins = {
    access_log = {}
    compress = {
      encodings = ["br", "gzip"]
    }
  }
}
