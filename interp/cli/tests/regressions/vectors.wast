;; What vector instructions are fused to does what they do one by one.
(module
  (memory 1)
  (data (i32.const 16) "\01\02\03\04\05\06\07\08\09\0a\0b\0c\0d\0e\0f\10")

  ;; A loop's constant, which is the same when the loop is entered again, and after it was an operand of another loop.
  (func (export "constant") (param $n i32) (result v128) (local $x v128) (local $m i32)
    (loop $outer
      (local.set $m (i32.const 3))
      (loop $inner
        (local.set $x (i32x4.add (local.get $x) (v128.const i32x4 1 10 100 1000)))
        (br_if $inner (local.tee $m (i32.sub (local.get $m) (i32.const 1)))))
      (local.set $x (v128.xor (v128.const i32x4 1 10 100 1000) (local.get $x)))
      (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (v128.xor (local.get $x) (v128.const i32x4 1 10 100 1000)))
  ;; More constants than are given slots.
  (func (export "constants") (param $n i32) (result v128) (local $x v128)
    (loop $l
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 1 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 2 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 3 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 4 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 5 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 6 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 7 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 8 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 9 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 10 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 11 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 12 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 13 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 14 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 15 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 16 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 17 0)))
      (local.set $x (i8x16.add (local.get $x) (v128.const i64x2 18 0)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))

  ;; The difference is taken from the product only where it stands right.
  (func (export "product-less") (param v128 v128 v128) (result v128)
    (f64x2.sub (f64x2.mul (local.get 0) (local.get 1)) (local.get 2)))
  (func (export "less-product") (param v128 v128 v128) (result v128)
    (f64x2.sub (local.get 2) (f64x2.mul (local.get 0) (local.get 1))))
  ;; The product and the sum are rounded each.
  (func (export "product-plus") (param v128 v128 v128) (result v128)
    (f32x4.add (local.get 2) (f32x4.mul (local.get 0) (local.get 1))))

  (func (export "rotate") (param $x v128) (result v128)
    (v128.or (i32x4.shl (local.get $x) (i32.const 7)) (i32x4.shr_u (local.get $x) (i32.const 25))))
  ;; Counts are taken modulo the width before they are looked at.
  (func (export "rotate-modulo") (param $x v128) (result v128)
    (v128.or (i64x2.shr_u (local.get $x) (i32.const 84)) (i64x2.shl (local.get $x) (i32.const 44))))
  ;; The first shift's result is needed once more.
  (func (export "rotate-kept") (param $x v128) (result v128) (local $y v128)
    (v128.xor
      (v128.or (local.tee $y (i32x4.shl (local.get $x) (i32.const 8))) (i32x4.shr_u (local.get $x) (i32.const 24)))
      (local.get $y)))
  ;; The vector is another one after the first shift.
  (func (export "rotate-changed") (param $x v128) (result v128)
    (v128.or
      (i32x4.shl (local.get $x) (i32.const 8))
      (i32x4.shr_u (local.tee $x (v128.not (local.get $x))) (i32.const 24))))

  ;; Sums in addresses wrap, offsets do not.
  (func (export "load-sum") (param i32) (result v128)
    (v128.load (i32.add (local.get 0) (i32.const -16))))
  (func (export "load-pair") (param i32 i32) (result v128)
    (v128.load offset=8 (i32.add (local.get 0) (local.get 1))))
  (func (export "store-sum") (param i32 v128)
    (v128.store (i32.add (local.get 0) (i32.const 65520)) (local.get 1)))
  (func (export "store-pair") (param i32 i32 v128) (result v128)
    (v128.store offset=32 (i32.add (local.get 0) (local.get 1)) (local.get 2))
    (v128.load offset=32 (i32.add (local.get 0) (local.get 1))))

  (func (export "any") (param v128) (result i32)
    (if (result i32) (v128.any_true (local.get 0)) (then (i32.const 1)) (else (i32.const 0))))
  (func (export "not-all") (param v128) (result i32)
    (block $b
      (br_if $b (i32.eqz (i16x8.all_true (local.get 0))))
      (return (i32.const 0)))
    (i32.const 1)))

(assert_return (invoke "constant" (i32.const 1)) (v128.const i32x4 3 30 300 3000))
(assert_return (invoke "constant" (i32.const 2)) (v128.const i32x4 5 50 628 5128))
(assert_return (invoke "constants" (i32.const 1)) (v128.const i64x2 171 0))
(assert_return (invoke "constants" (i32.const 2)) (v128.const i64x2 86 0))
(assert_return (invoke "product-less" (v128.const f64x2 2 3) (v128.const f64x2 5 7) (v128.const f64x2 1 2))
  (v128.const f64x2 9 19))
(assert_return (invoke "less-product" (v128.const f64x2 2 3) (v128.const f64x2 5 7) (v128.const f64x2 1 2))
  (v128.const f64x2 -9 -19))
(assert_return
  (invoke "product-plus" (v128.const f32x4 0x1.000002p0 2 3 4) (v128.const f32x4 0x1.000002p0 1 1 1)
    (v128.const f32x4 -1 1 1 1))
  (v128.const f32x4 0x1p-22 3 4 5))
(assert_return (invoke "rotate" (v128.const i32x4 0x80000001 1 0x02000000 0xffffffff))
  (v128.const i32x4 0xc0 0x80 1 0xffffffff))
(assert_return (invoke "rotate-modulo" (v128.const i64x2 1 0x8000000000000000))
  (v128.const i64x2 0x0000100000000000 0x0000080000000000))
(assert_return (invoke "rotate-kept" (v128.const i32x4 0x12345678 0 0 0xff000000)) (v128.const i32x4 0x12 0 0 0xff))
(assert_return (invoke "rotate-changed" (v128.const i32x4 0x12345678 0 0 0)) (v128.const i32x4 0x345678ed 0xff 0xff 0xff))
(assert_return (invoke "load-sum" (i32.const 32)) (v128.const i32x4 0x04030201 0x08070605 0x0c0b0a09 0x100f0e0d))
(assert_trap (invoke "load-sum" (i32.const 0)) "out of bounds memory access")
(assert_return (invoke "load-pair" (i32.const -8) (i32.const 16))
  (v128.const i32x4 0x04030201 0x08070605 0x0c0b0a09 0x100f0e0d))
(assert_trap (invoke "load-pair" (i32.const -8) (i32.const 0)) "out of bounds memory access")
(assert_trap (invoke "load-pair" (i32.const 65000) (i32.const 536)) "out of bounds memory access")
(assert_return (invoke "store-sum" (i32.const 0) (v128.const i32x4 1 2 3 4)))
(assert_trap (invoke "store-sum" (i32.const 1) (v128.const i32x4 1 2 3 4)) "out of bounds memory access")
(assert_return (invoke "store-pair" (i32.const 100) (i32.const -50) (v128.const i32x4 5 6 7 8)) (v128.const i32x4 5 6 7 8))
(assert_trap (invoke "store-pair" (i32.const 65500) (i32.const -10) (v128.const i32x4 5 6 7 8)) "out of bounds memory access")
(assert_return (invoke "any" (v128.const i32x4 0 0 0 0)) (i32.const 0))
(assert_return (invoke "any" (v128.const i32x4 0 0 0 0x80000000)) (i32.const 1))
(assert_return (invoke "not-all" (v128.const i16x8 1 2 3 4 5 6 7 8)) (i32.const 0))
(assert_return (invoke "not-all" (v128.const i16x8 1 2 3 4 0 6 7 8)) (i32.const 1))
