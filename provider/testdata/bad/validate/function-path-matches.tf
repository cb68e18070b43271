# expect: must

output "function_path_matches" {
  value = provider::penstock::path_matches("a", "/a")
}
