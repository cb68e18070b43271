variable "listen" {
  description = "Address of the gateway's one port."
  type        = string
  default     = "127.0.0.1:8080"
}

variable "http_port" {
  description = "Port of the HTTP upstream on this machine."
  type        = number
  default     = 8081
}

variable "grpc_port" {
  description = "Port of the gRPC upstream on this machine."
  type        = number
  default     = 50051
}

variable "release" {
  description = "What the gateway says in x-release; change it while requests run."
  type        = string
  default     = "one"
}
