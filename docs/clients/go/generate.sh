#!/bin/sh
# Generate klartext/v1/*.go from the proto files. Needs protoc, protoc-gen-go and protoc-gen-go-grpc.
set -eu
cd "$(dirname "$0")"
proto=../../../proto
package=example.com/first-call/klartext/v1
set --
for file in "$proto"/klartext/v1/*.proto; do
    name=klartext/v1/$(basename "$file")
    set -- "$@" "--go_opt=M$name=$package" "--go-grpc_opt=M$name=$package" "$name"
done
protoc -I "$proto" --go_out=. --go_opt=module=example.com/first-call \
    --go-grpc_out=. --go-grpc_opt=module=example.com/first-call "$@"
