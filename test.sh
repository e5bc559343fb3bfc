#!/usr/bin/env bash
# Builds, then runs every test but the benchmarks. Arguments go to ctest: ./test.sh -L unit
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$root/setup.sh"
ctest --test-dir "${CNX_BUILD:-$root/build}" --output-on-failure -j 2 -LE bench "$@"
