#!/usr/bin/env bash
# build.sh OUT: the program OUT, which takes a folder of `negotiate-peers mint`. Debian: golang-go golang-github-jcmturner-gokrb5.v8-dev,
# whose sources are in /usr/share/gocode; nothing is fetched.
set -euo pipefail

out=$(realpath -m "$1")
cd "$(dirname "${BASH_SOURCE[0]}")"
GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS='' GOCACHE=${GOCACHE:-${TMPDIR:-/tmp}/negotiate-peers-go} go build -o "$out" accept.go
