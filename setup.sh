#!/usr/bin/env bash
# Makes a fresh Debian 12 clone ready: packages, Halide, build. Quick when nothing has changed.
#   CNX_BUILD   build folder (default: build beside this script)
#   CNX_JOBS    parallel jobs (default: one a core)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${CNX_BUILD:-$root/build}
jobs=${CNX_JOBS:-$(nproc)}

packages=(
  catch2 ccache clang-14 clang-format-14 cmake g++ gcc git libclang-rt-14-dev libcli11-dev libfmt-dev libjpeg-dev
  libmlir-22-dev libpng-dev libspdlog-dev libzip-dev llvm-22-dev llvm-22-tools mlir-22-tools ninja-build nlohmann-json3-dev
  python3 valgrind zlib1g-dev
)

install_packages() {
  local missing=() package
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  echo "setup: installing ${missing[*]}"
  local sudo=()
  [[ $(id -u) == 0 ]] || sudo=(sudo)
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# The C++ half of PyPI's wheel: headers and libHalide.so. Version and hash are pinned; a stamp says what is there.
halide_version=21.0.0
halide_sha256=3686c2b4c9aed1e26e1e55631608b2c4a4c3fe2d4386505ba1921859adb683ab
install_halide() {
  local halide=$build/halide stamp=$build/halide/.wheel
  [[ -f $halide/include/Halide.h && -f $halide/lib64/libHalide.so && $(cat "$stamp" 2>/dev/null) == "$halide_sha256" ]] &&
    return 0
  python3 -m pip --version >/dev/null 2>&1 || install_packages python3-pip
  echo "setup: fetching Halide $halide_version"
  mkdir -p "$build"
  local work
  work=$(mktemp -d "$build/halide.XXXXXX")
  echo "halide==$halide_version --hash=sha256:$halide_sha256" >"$work/requirements.txt"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.11 \
    --platform manylinux_2_28_x86_64 --require-hashes --requirement "$work/requirements.txt" --dest "$work"
  python3 -m zipfile -e "$work"/halide-*.whl "$work/wheel"
  mkdir -p "$work/halide/lib64"
  cp -r "$work/wheel/halide/include" "$work/halide/include"
  cp "$work/wheel/halide/lib64/libHalide.so" "$work/halide/lib64/"
  echo "$halide_sha256" >"$work/halide/.wheel"
  rm -rf "$halide"
  mv "$work/halide" "$halide"
  rm -rf "$work"
}

install_packages "${packages[@]}"
install_halide
[[ -f $build/build.ninja ]] || cmake -S "$root" -B "$build" -G Ninja
ninja -C "$build" -j "$jobs"
