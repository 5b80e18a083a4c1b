;; Vectors: constants of loops, pairs, rotations, fused addresses, branches on what a vector has, shuffles.
(module
  (memory 1)
  ;; the constant is in a slot before the loop begins
  (func (param $n i32) (param $x v128) (result v128)
    (loop $l
      (local.set $x (i32x4.add (i8x16.swizzle (local.get $x) (v128.const i32x4 1 2 3 4)) (v128.const i32x4 1 2 3 4)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))
  ;; a constant outside of loops is not
  (func (param $x v128) (result v128)
    (i32x4.add (local.get $x) (v128.const i32x4 1 2 3 4)))
  ;; pairs, on either side
  (func (param v128 v128 v128) (result v128)
    (f32x4.add (local.get 0) (f32x4.mul (local.get 1) (local.get 2))))
  (func (param v128 v128 v128) (result v128)
    (f64x2.sub (f64x2.mul (local.get 1) (local.get 2)) (local.get 0)))
  (func (param v128 v128 v128) (result v128)
    (f64x2.sub (local.get 0) (f64x2.mul (local.get 1) (local.get 2))))
  (func (param v128 v128 v128) (result v128)
    (v128.or (v128.and (local.get 0) (local.get 1)) (v128.and (local.get 1) (local.get 2))))
  ;; rotations
  (func (param $x v128) (param $y v128) (result v128)
    (local.set $x (v128.xor (local.get $x) (local.get $y)))
    (i32x4.add (local.get $y)
      (v128.or (i32x4.shl (local.get $x) (i32.const 7)) (i32x4.shr_u (local.get $x) (i32.const 25)))))
  (func (param $x v128) (result v128)
    (v128.or (i64x2.shr_u (local.get $x) (i32.const 24)) (i64x2.shl (local.get $x) (i32.const 40))))
  ;; not rotations: other counts, another vector
  (func (param $x v128) (result v128)
    (v128.or (i64x2.shr_u (local.get $x) (i32.const 24)) (i64x2.shl (local.get $x) (i32.const 41))))
  (func (param $x v128) (param $y v128) (result v128)
    (v128.or (i32x4.shl (local.get $x) (i32.const 7)) (i32x4.shr_u (local.get $y) (i32.const 25))))
  ;; addresses
  (func (param $p i32) (param $i i32) (result v128)
    (v128.xor (v128.load offset=16 (i32.add (local.get $p) (local.get $i)))
      (v128.load32_splat (i32.add (local.get $p) (i32.const 1024)))))
  (func (param $p i32) (param $i i32) (param $x v128)
    (v128.store offset=16 (i32.add (local.get $p) (local.get $i)) (local.get $x))
    (v128.store (i32.add (local.get $p) (i32.const -16)) (local.get $x)))
  ;; branches
  (func (param $x v128) (result i32)
    (block $b
      (br_if $b (v128.any_true (local.get $x)))
      (br_if $b (i32.eqz (i8x16.all_true (i8x16.eq (local.get $x) (local.get $x)))))
      (return (i32.const 1)))
    (i32.const 2))
  ;; three operands, one in the accumulator
  (func (param $x v128) (param $y v128) (result v128)
    (v128.bitselect (local.get $x) (local.get $y) (i8x16.gt_u (local.get $x) (local.get $y))))
  ;; shuffles: patterns of two vectors, exchanged, of one vector, any
  (func (param $x v128) (param $y v128) (result v128)
    (v128.or
      (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $x) (local.get $y))
      (i8x16.shuffle 31 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 (local.get $x) (local.get $y))))
  (func (param $x v128) (param $y v128) (result v128)
    (v128.or
      (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $x) (local.get $y))
      (i8x16.shuffle 18 17 16 21 20 19 18 17 16 21 20 19 18 17 16 31 (local.get $x) (local.get $y))))
  (func (param $x v128) (param $y v128) (result v128)
    (v128.or
      (i8x16.shuffle 15 30 13 28 11 26 9 24 7 22 5 20 3 18 1 16 (local.get $x) (local.get $x))
      (i8x16.shuffle 15 30 13 28 11 26 9 24 7 22 5 20 3 18 1 16 (local.get $x) (local.get $y))))
  ;; rotations of what is combined by xor: by whole bytes, in place, and not in place
  (func (param $x v128) (param $y v128) (result v128)
    (i8x16.shuffle 2 3 0 1 6 7 4 5 10 11 8 9 14 15 12 13
      (v128.xor (local.get $x) (local.get $y)) (local.get $y)))
  (func (param $x v128) (param $y v128) (result v128)
    (local.set $x (v128.or
      (i32x4.shl (local.tee $x (v128.xor (local.get $x) (local.get $y))) (i32.const 7))
      (i32x4.shr_u (local.get $x) (i32.const 25))))
    (i32x4.add (local.get $x) (local.get $y)))
  (func (param $x v128) (param $y v128) (result v128)
    (local.set $y (v128.or
      (i64x2.shl (local.tee $x (v128.xor (local.get $x) (local.get $y))) (i32.const 7))
      (i64x2.shr_u (local.get $x) (i32.const 57))))
    (v128.and (local.get $x) (local.get $y)))
  ;; branches on comparisons: with the truth values of use later, and where the stack has them
  (func (param $x v128) (param $y v128) (param $t v128) (result v128)
    (block $b
      (br_if $b (v128.any_true (f64x2.le (local.get $x) (local.get $y))))
      (br_if $b (i32.eqz (v128.any_true (local.tee $t (i8x16.eq (local.get $x) (local.get $y))))))
      (local.set $x (i64x2.sub (local.get $x) (local.get $t))))
    (local.get $x))
  (func (param $x v128) (param $y v128) (param $t v128) (result v128)
    (local.tee $t (f32x4.le (local.get $x) (local.get $y)))
    (br_if 0 (v128.any_true (local.get $t)))
    (drop)
    (local.get $x)))
