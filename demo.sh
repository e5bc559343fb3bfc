#!/usr/bin/env bash
# Compiles a trained digit classifier and convnext_tiny, runs both, trains another one, and shows what came out.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${CNX_BUILD:-$root/build}
"$root/setup.sh"
cnx=$build/bin/cnx
demo=$build/demo
mkdir -p "$demo"
cd "$root"

echo
echo "== A digit classifier, trained by timm =="
"$cnx" compile examples/digits/model -o "$demo/digits" --name digits
ls -l "$demo/digits" | awk 'NR > 1 { printf "  %9d  %s\n", $5, $9 }'
echo
echo "Eight of its held-out digits (the file's name ends in the label):"
"$cnx" run examples/digits/model examples/digits/png/{0_6,1_3,2_6,3_9,4_7,5_7,6_8,7_7}.png --top 1
python3 -B examples/heldout.py images "$demo/heldout.npy"
"$cnx" run examples/digits/model --input-format u8-nhwc --batch 100 --input "$demo/heldout.npy" --output "$demo/logits.npy"
python3 -B examples/heldout.py score "$demo/logits.npy"

echo
echo "== The same network from nothing: the generated step trains it here on 4,000 digits and validates on the 1,000 held out =="
python3 -B examples/digits/fetch_mnist.py "$demo/mnist"
"$cnx" train examples/digits/digits.json --data "$demo/mnist" -o "$demo/trained.safetensors" --epochs 40 --batch 32 \
  --rate 4e-3 --crop pad --pad 2 --log "$demo/train.jsonl" --curves "$demo/train.svg"
"$cnx" run "$demo/trained.safetensors" examples/digits/png/{0_6,1_3,2_6,3_9}.png --top 1
echo "Its curves: $demo/train.svg"

echo
echo "== convnext_tiny, 224 x 224 (no checkpoint at hand: its weights are drawn from a seed, so its labels mean nothing) =="
"$cnx" run convnext_tiny --seed 1 tests/vectors/preprocess/{china,flower}.png --top 3
"$cnx" bench convnext_tiny --seed 1 --threads 1,"$(nproc)" --no-profile
