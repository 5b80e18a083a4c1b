#!/bin/bash
# Compiles the guests to wasm/*.wasm. Debian's compilers, which come with the library source:
#
#   apt-get install --no-install-recommends rustc-web cargo-web rust-web-src lld-22 llvm-22 clang-22 \
#       wasi-libc libclang-rt-22-dev-wasm32
#
# build.sh [NAME…]   only these guests
#
# A guest exports `run(i32) -> i64` and may export `setup(i32)`; `run` gives the same answer every time it is called
# with the same argument. Names that end in -simd are compiled with simd128. The modules hold no path of the machine
# that built them.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
mkdir -p wasm

rust_guests() { (cd rust && ls); }
c_guests() { (cd c && ls ./*.c | sed 's|^\./||; s|\.c$||'); }
wanted() { [ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $1 "* ]]; }
only=("$@")

export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
export CC_wasm32_unknown_unknown=clang-22 AR_wasm32_unknown_unknown=llvm-ar-22
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22
# Only the strategies of Zstandard's levels 1 to 4, for size.
zstd=$(printf -- '-DZSTD_EXCLUDE_%s_BLOCK_COMPRESSOR ' GREEDY LAZY LAZY2 BTLAZY2 BTOPT BTULTRA)
export CFLAGS_wasm32_unknown_unknown="--no-wasm-opt -ffile-prefix-map=$HOME=home -ffile-prefix-map=$root=fantail $zstd"

for name in $(rust_guests); do
    wanted "$name" || continue
    case $name in *-simd) features=+simd128 ;; *) features=-simd128 ;; esac
    target=$root/target/guests/$features
    RUSTFLAGS="-Ctarget-feature=$features -Zlocation-detail=none --remap-path-prefix=$HOME=home
        --remap-path-prefix=$root=fantail --remap-path-prefix=/usr/lib/rustlib=rustlib" \
        /usr/bin/cargo build --quiet --release --target wasm32-unknown-unknown --target-dir "$target" \
        -Zbuild-std=std,panic_abort -p "guest-$name"
    install -m 644 "$target/wasm32-unknown-unknown/release/guest_${name//-/_}.wasm" "wasm/$name.wasm"
done

for name in $(c_guests); do
    wanted "$name" || continue
    for variant in "$name" "$name-simd"; do
        flags=()
        if [[ $variant == *-simd ]]; then
            grep -q '__wasm_simd128__' "c/$name.c" || continue
            flags+=(-msimd128)
        fi
        clang-22 --no-wasm-opt --target=wasm32 -O3 -mbulk-memory -nostdlib -ffreestanding -std=c17 -Wall -Wextra -Werror \
            -Wl,--no-entry -Wl,--strip-all "${flags[@]}" "c/$name.c" -o "wasm/$variant.wasm"
        chmod 644 "wasm/$variant.wasm"
    done
done
ls -l wasm
