;; Vectors that loops carry from one iteration to the next, and sums whose first part is still in the accumulator.
(module
  (memory 1)
  (func $callee (loop))
  (func $sum (param $p i32) (param $v v128) (param $end i32) (result v128) (local $sum v128)
    (loop $again
      (local.set $sum (f32x4.add (local.get $sum)
        (f32x4.mul (v128.load32_splat offset=16 (local.get $p)) (local.get $v))))
      (br_if $again (i32.ne (local.tee $p (i32.add (local.get $p) (i32.const 16))) (local.get $end))))
    (local.get $sum))
  (func $sum_of_loaded (param $p i32) (param $v v128) (param $end i32) (result v128) (local $sum v128)
    (loop $again
      (local.set $sum (f32x4.add (local.get $sum) (f32x4.mul (v128.load (local.get $p)) (local.get $v))))
      (br_if $again (i32.ne (local.tee $p (i32.add (local.get $p) (i32.const 16))) (local.get $end))))
    (local.get $sum))
  ;; Two counters, and both operands.
  (func $square (param $v v128) (param $i i32) (param $j i32) (result v128)
    (loop $again
      (local.set $v (f64x2.add (f64x2.mul (local.get $v) (local.get $v)) (local.get $v)))
      (local.set $j (i32.add (local.get $j) (i32.const 3)))
      (br_if $again (i32.ne (local.tee $i (i32.sub (local.get $i) (i32.const 1))) (local.get $j))))
    (local.get $v))
  (func $kept_twice (param $v v128) (param $i i32) (result v128)
    (loop $again
      (local.set $v (f64x2.mul (local.get $v) (local.get $v)))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.get $v))
  ;; What is copied, while the accumulator holds something else.
  (func $copied (param $v v128) (param $w v128) (param $i i32) (result v128) (local $new v128)
    (loop $again
      (local.set $new (f64x2.sub (local.get $w) (local.get $v)))
      (local.set $w (f64x2.mul (local.get $w) (local.get $v)))
      (local.set $v (local.get $new))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.get $w))
  ;; It is written before it is read, a call comes before it is read, and so does the end of a block or an inner loop.
  (func $written (param $v v128) (param $w v128) (param $i i32) (result v128)
    (loop $again
      (local.set $v (f32x4.add (local.get $w) (local.get $w)))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.get $v))
  (func $call (param $v v128) (param $w v128) (param $i i32) (result v128)
    (loop $again
      (call $callee)
      (local.set $v (f32x4.add (local.get $v) (local.get $w)))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.get $v))
  (func $block (param $v v128) (param $w v128) (param $i i32) (result v128)
    (loop $again
      (block $end (br_if $end (local.get $i)) (call $callee))
      (local.set $v (f32x4.add (local.get $v) (local.get $w)))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.get $v))
  (func $inner (param $v v128) (param $w v128) (param $i i32) (result v128) (local $j i32)
    (loop $again
      (local.set $j (i32.const 3))
      (loop $inner
        (local.set $v (f32x4.mul (local.get $v) (local.get $w)))
        (br_if $inner (local.tee $j (i32.sub (local.get $j) (i32.const 1)))))
      (local.set $v (f32x4.add (local.get $v) (local.get $w)))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.get $v))
  ;; A count in the middle of a loop, after which what is carried is unknown.
  (func $count (param $v v128) (param $w v128) (param $i i32) (result v128)
    (block $out
      (loop $again
        (br_if $out (i32.eqz (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
        (local.set $v (f32x4.add (local.get $v) (local.get $w)))
        (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1))))))
    (local.get $v))
  ;; Two ways back, one of which leaves something else.
  (func $ways (param $v v128) (param $w v128) (param $i i32) (result v128)
    (loop $again
      (local.set $v (f32x4.add (local.get $v) (local.get $w)))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1))))
      (local.set $w (f32x4.mul (local.get $v) (local.get $w)))
      (br_if $again (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 2))) (i32.const 2))))
    (local.get $v))
  (func $same_ways (param $v v128) (param $w v128) (param $i i32) (result v128)
    (loop $again
      (local.set $v (f32x4.add (local.get $v) (local.get $w)))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1))))
      (local.set $v (f32x4.mul (local.get $v) (local.get $w)))
      (br_if $again (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 2))) (i32.const 2))))
    (local.get $v))
  (func $table (param $v v128) (param $w v128) (param $i i32) (result v128)
    (block $out
      (loop $again
        (local.set $v (f32x4.add (local.get $v) (local.get $w)))
        (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1))))
        (br_table $out $again (local.get $i))))
    (local.get $v))
  ;; A sum of products: the first one is still in the accumulator once the second one is part of the sum.
  (func $products (param $a v128) (param $b v128) (result v128)
    (f64x2.add (f64x2.mul (local.get $a) (local.get $a)) (f64x2.mul (local.get $b) (local.get $b))))
  ;; Extended bytes.
  (func $extended (param $a v128) (param $b v128) (result v128)
    (i32x4.add
      (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $a)) (i16x8.extend_low_i8x16_s (local.get $b)))
      (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $a)) (i16x8.extend_high_i8x16_u (local.get $b)))))
  (func $load_between (param $p i32) (result v128) (local $a v128) (local $b v128)
    (local.set $a (v128.load (local.get $p)))
    (i32x4.dot_i16x8_s
      (i16x8.extend_low_i8x16_s (local.get $a))
      (i16x8.extend_low_i8x16_s (local.tee $b (v128.load offset=16 (local.get $p)))))
    (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $a)) (i16x8.extend_high_i8x16_s (local.get $b)))
    i32x4.add)
  (func $loaded_only (param $p i32) (param $a v128) (result v128)
    (i32x4.dot_i16x8_s
      (i16x8.extend_low_i8x16_s (local.get $a)) (i16x8.extend_low_i8x16_s (v128.load (local.get $p)))))
  ;; The load overwrites what was extended; the extensions differ; one is that of the other; one has a slot of its own.
  (func $overwritten (param $p i32) (param $a v128) (result v128)
    (i32x4.dot_i16x8_s
      (i16x8.extend_low_i8x16_s (local.get $a))
      (i16x8.extend_low_i8x16_s (local.tee $a (v128.load (local.get $p))))))
  (func $mixed (param $a v128) (param $b v128) (result v128)
    (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $a)) (i16x8.extend_low_i8x16_u (local.get $b))))
  (func $twice (param $a v128) (result v128) (local $x v128)
    (i32x4.dot_i16x8_s
      (local.tee $x (i16x8.extend_low_i8x16_s (local.get $a))) (i16x8.extend_low_i8x16_s (local.get $x))))
  (func $other_half (param $a v128) (param $b v128) (result v128)
    (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $a)) (i16x8.extend_high_i8x16_s (local.get $b)))))
