//go:build tools

// Package programs names what is built from this module, so that `go mod tidy` keeps it.
package programs

import (
	_ "go.etcd.io/etcd/server/v3"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
)
