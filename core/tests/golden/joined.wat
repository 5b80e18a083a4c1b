;; What vector ops become with loads, stores, and what else they feed.
(module
  (memory 1)
  (func $operand (param $p i32) (param $v v128) (result v128)
    (f32x4.add (v128.load offset=16 (local.get $p)) (local.get $v))
    (f32x4.mul (local.get $v) (v128.load (local.get $p)))
    i32x4.add)
  (func $sum (param $p i32) (param $v v128) (result v128)
    (i8x16.eq (local.get $v) (v128.load (i32.add (local.get $p) (i32.const 65536)))))
  (func $index (param $p i32) (param $i i32) (param $v v128) (result v128)
    (v128.and (v128.load offset=8 (i32.add (local.get $p) (local.get $i))) (local.get $v)))
  ;; What is loaded stands right: only where the order does not matter.
  (func $right (param $p i32) (param $v v128) (result v128)
    (f32x4.sub (local.get $v) (v128.load (local.get $p))))
  (func $left (param $p i32) (param $v v128) (result v128)
    (f32x4.sub (v128.load (local.get $p)) (local.get $v)))
  ;; What is loaded is needed once more.
  (func $again (param $p i32) (param $v v128) (result v128) (local $x v128)
    (f32x4.add (local.tee $x (v128.load (local.get $p))) (local.get $v))
    (f32x4.mul (local.get $x)))
  ;; Both operands are loaded: the first one waits in a slot.
  (func $both (param $p i32) (result v128)
    (i8x16.avgr_u (v128.load (local.get $p)) (v128.load offset=16 (local.get $p))))
  ;; What is loaded first is needed last: only where the order of operands allows it.
  (func $behind (param $p i32) (param $q i32) (param $v v128) (result v128) (local $x v128)
    (f32x4.add (local.get $v) (f32x4.mul (v128.load offset=16 (local.get $p))
      (local.tee $x (v128.load32_splat (local.get $q)))))
    (f32x4.sub (v128.load (i32.add (local.get $p) (local.get $q))) (v128.load8x8_u (i32.add (local.get $q) (i32.const 8))))
    (f32x4.sub (v128.load64_splat (local.get $q)) (v128.load (local.get $p)))
    (v128.load (local.get $p)) (v128.store (local.get $q) (local.get $x)) (f32x4.mul (local.get $x))
    v128.xor v128.or v128.and)
  (func $right_behind (param $p i32) (param $q i32) (result v128) (local $x v128)
    (local.set $x (v128.load32_splat (local.get $q)))
    (v128.load (local.get $p)) (v128.load16_splat (local.get $q)) (local.set $x)
    (f32x4.sub (local.get $x)))
  ;; The first of two sums is needed after another vector: unless that is written to one of its operands.
  (func $around (param $a v128) (param $b v128) (param $c v128) (result v128)
    (i32x4.add (i32x4.add (local.get $a) (local.get $b)) (i32x4.sub (local.get $a) (local.get $c)))
    (i32x4.add (local.get $a) (local.get $b))
    (local.tee $c (i8x16.shuffle 3 2 1 0 7 6 5 4 11 10 9 8 15 14 13 12 (local.get $c) (local.get $c)))
    i32x4.add
    (f64x2.mul (local.get $b) (local.get $c)) (v128.load (i32.const 16)) f64x2.sub
    v128.xor v128.or)
  (func $written_around (param $a v128) (param $b v128) (param $c v128) (result v128)
    (i32x4.add (local.get $a) (local.get $b))
    (local.tee $b (i32x4.sub (local.get $a) (local.get $c)))
    i32x4.add
    (f64x2.mul (local.get $b) (local.get $c)) (local.set $c (v128.load (i32.const 16)))
    (f64x2.sub (local.get $a))
    v128.xor)
  ;; An address that is a constant.
  (func $constant (param $v v128) (result v128)
    (v128.xor (v128.load (i32.const 64)) (local.get $v)))
  (func $pair (param $p i32) (param $v v128) (param $w v128) (result v128)
    (f32x4.add (local.get $w) (f32x4.mul (v128.load offset=32 (local.get $p)) (local.get $v))))
  (func $store (param $p i32) (param $v v128) (param $w v128)
    (v128.store offset=4 (local.get $p) (f32x4.add (local.get $v) (local.get $w)))
    ;; An address that was computed before.
    (v128.store (i32.add (local.get $p) (i32.const 65536)) (v128.xor (local.get $w) (local.get $v)))
    ;; A result that is needed once more.
    (v128.store (local.get $p) (local.tee $v (i32x4.add (local.get $v) (local.get $w))))
    (v128.store (i32.const 16) (f64x2.mul (local.get $v) (local.get $w))))
  (func $dot (param $v v128) (param $w v128) (param $sum v128) (result v128)
    (i32x4.add
      (i32x4.add (local.get $sum)
        (i32x4.extadd_pairwise_i16x8_s (i16x8.extmul_low_i8x16_s (local.get $v) (local.get $w))))
      (i32x4.extadd_pairwise_i16x8_s (i16x8.extmul_high_i8x16_s (local.get $v) (local.get $w)))))
  ;; Signed sums of unsigned products are no sums of products.
  (func $mixed (param $v v128) (param $w v128) (result v128)
    (i32x4.extadd_pairwise_i16x8_s (i16x8.extmul_low_i8x16_u (local.get $v) (local.get $w))))
  (func $count (param $v v128) (result i32)
    (i32.popcnt (i8x16.bitmask (local.get $v))))
  (func $bits (param $v v128) (param $i i32) (result i32)
    (block $none
      (br_if $none (i32.eqz (local.tee $i (i8x16.bitmask (i8x16.eq (local.get $v) (local.get $v))))))
      (return (i32.ctz (local.get $i))))
    (loop $again
      (br_if $again (i32x4.bitmask (local.get $v))))
    (i32.const -1))
  ;; A sum that is compared, and a copy at the end of a loop.
  (func $loop (param $x v128) (param $y v128) (param $n i32) (result i32) (local $old v128) (local $truth v128)
    (block $out
      (loop $again
        (br_if $out (i32.eqz (v128.any_true
          (local.tee $truth (f64x2.le (f64x2.add (local.get $x) (local.get $y)) (local.get $old))))))
        (local.set $old (local.get $y))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (local.get $n))
  ;; A sum that is needed once more is none of the branch.
  (func $sum_again (param $x v128) (param $y v128) (result v128) (local $sum v128)
    (block $out
      (br_if $out (v128.any_true
        (f32x4.le (local.tee $sum (f32x4.add (local.get $x) (local.get $y))) (local.get $y))))
      (return (local.get $x)))
    (local.get $sum)))
