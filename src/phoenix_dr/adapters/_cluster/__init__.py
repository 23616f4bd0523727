"""Reading a Kubernetes cluster: what every engine that lives in one needs. Only reads."""
