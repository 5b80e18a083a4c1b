;; Loops that begin with a branch out of them: instead of a jump back, their start is repeated.
(module
  (memory 1)
  (func $while (param i32) (result i32)
    (block
      (loop
        (br_if 1 (i32.eqz (local.get 0)))
        (local.set 0 (i32.shl (local.get 0) (i32.const 1)))
        (br 0)))
    (local.get 0))
  (func $loads_first (param i32) (result i32) (local i32)
    (block
      (loop
        (br_if 1 (i32.eqz (local.tee 1 (i32.load8_u (local.get 0)))))
        (local.set 0 (i32.xor (local.get 0) (local.get 1)))
        (br 0)))
    (local.get 0))
  (func $if (param i32) (result i32)
    (loop
      (if (i32.lt_u (local.get 0) (i32.const 7))
        (then (local.set 0 (i32.mul (local.get 0) (i32.const 3))) (br 1))
        (else (local.set 0 (i32.const 0)))))
    (local.get 0))
  (func $if_of_another (param i32) (result i32)
    (loop
      (if (i32.lt_u (local.get 0) (i32.const 7))
        (then (local.set 0 (i32.const 9))))
      (if (i32.gt_u (local.get 0) (i32.const 100))
        (then (local.set 0 (i32.shr_u (local.get 0) (i32.const 1))) (br 1))))
    (local.get 0))
  (func $two_ways_back (param f32) (result i32)
    (block
      (loop
        (br_if 1 (f32.lt (local.get 0) (f32.const 0.5)))
        (local.set 0 (f32.sub (local.get 0) (f32.const 1)))
        (if (f32.gt (local.get 0) (f32.const 100))
          (then (local.set 0 (f32.const 3)) (br 1)))
        (local.set 0 (f32.neg (local.get 0)))
        (br 0)))
    (i32.trunc_sat_f32_s (local.get 0)))
  (func $with_a_value (param i32) (result i32)
    (block (result i32)
      (loop
        (local.get 0)
        (br_if 1 (i32.load (local.get 0)))
        (local.set 0)
        (local.set 0 (i32.add (local.get 0) (i32.load offset=4 (local.get 0))))
        (br 0))
      (unreachable)))
  (func $calls_first (param i32)
    (block
      (loop
        (br_if 1 (call $while (local.get 0)))
        (local.set 0 (i32.shl (local.get 0) (i32.const 1)))
        (br 0))))
  ;; What was repeated becomes part of the end of a counting loop.
  (func $counts (param i32 i32) (result i32) (local i32)
    (block
      (loop
        (br_if 1 (i32.ge_u (local.get 2) (local.get 0)))
        (local.set 1 (i32.xor (local.get 1) (i32.load (local.get 2))))
        (local.set 2 (i32.add (local.get 2) (i32.const 4)))
        (br 0)))
    (local.get 1))
  ;; A loop that has ended, and a branch before it, are not the start of the loop around.
  (func $around (param $n i32) (param $a i32) (result i32)
    (block $far
      (block $out
        (loop $again
          (br_if $far (i32.eq (local.get $a) (i32.const 1000)))
          (loop (local.set $a (i32.xor (local.get $a) (i32.const 5))))
          (br_if $out (i32.eqz (local.get $n)))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (local.set $a (i32.shl (local.get $a) (i32.const 1)))
          (br $again)))
      (return (local.get $a)))
    (i32.const -1)))
