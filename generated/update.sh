#!/bin/sh
# Makes this folder's generated files anew with the given cnx, or with --check says which of them differ.
#   generated/update.sh build/bin/cnx [--check]
set -eu
cnx=$(realpath "$1")
cd "$(dirname "$0")"
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
files="micro.ir.mlir micro.fused.mlir micro.plan.mlir micro.h micro.cpp micro.json micro_train.h micro_train.cpp"

compile() {
  "$cnx" compile description.json --name micro --batch 1,2 --outputs logits,stage3 -o "$new" "$@"
}
for phase in ir fused plan; do
  compile --emit $phase 2> "$new/log" || { cat "$new/log" >&2; exit 1; }
done
compile 2> "$new/log" || { cat "$new/log" >&2; exit 1; }
"$cnx" compile description.json --name micro_train --train --batch 2 -o "$new" 2> "$new/log" || { cat "$new/log" >&2; exit 1; }

status=0
for file in $files; do
  if [ "${2:-}" != --check ]; then
    cp "$new/$file" "$file"
  elif ! diff -u "$file" "$new/$file"; then
    status=1
  fi
done
[ $status = 0 ] || echo "generated/ is not what cnx writes: see the difference, then run generated/update.sh" >&2
exit $status
