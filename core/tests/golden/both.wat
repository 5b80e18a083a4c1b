;; Branches on two conditions of which the compiler made one value.
(module
  (memory 1)
  ;; As for `' ' | '\t'..='\r'`: the range is asked for first, then the bit.
  (func $is_white (param i32) (result i32) (local i32)
    (block
      (br_if 0
        (select
          (i32.le_u (local.tee 1 (i32.sub (local.get 0) (i32.const 9))) (i32.const 23))
          (i32.const 0)
          (i32.and (i32.shl (i32.const 1) (local.get 1)) (i32.const 8388635))))
      (return (i32.const 0)))
    (i32.const 1))
  (func $not_both (param i32 i32) (result i32)
    (if (result i32)
      (select (i32.lt_s (local.get 0) (i32.const 3)) (i32.const 0) (i32.eqz (local.get 1)))
      (then (i32.const 7))
      (else (i32.mul (local.get 0) (local.get 1)))))
  (func $either (param i32 i32)
    (loop
      (br_if 0
        (select (i32.const 1) (i32.lt_s (i32.load (local.get 0)) (i32.const 3)) (i32.gt_u (local.get 1) (i32.const 9))))))
  (func $neither (param i32 i32)
    (loop
      (br_if 0
        (i32.eqz
          (select (i32.const 1) (i32.load (local.get 0)) (i32.load (local.get 1)))))))
  ;; A local is asked for as it is.
  (func $local (param i32 i32 i32)
    (if (select (local.get 2) (i32.const 0) (i32.gt_u (local.get 1) (i32.const 9)))
      (then (i32.store (local.get 0) (local.get 2)))))
  ;; The second condition needs what the first has left in the accumulator.
  (func $in_a_row (param i32 i32)
    (block
      (br_if 0
        (select
          (local.tee 1 (i32.lt_u (local.get 0) (i32.const 5)))
          (i32.const 0)
          (i32.and (local.get 1) (i32.load (local.get 0)))))
      (i32.store (local.get 0) (local.get 1))))
  ;; The branch takes a value: it stays one branch.
  (func $with_a_value (param i32 i32) (result i32)
    (block (result i32)
      (drop
        (br_if 0
          (i32.const 5)
          (select (i32.lt_s (local.get 0) (i32.const 3)) (i32.const 0) (local.get 1))))
      (local.get 0)))
  ;; A search in a list: the load is part of the branch back, and the mask of 16 bits part of the comparison.
  (func $find (param i32 i32) (result i32)
    (block
      (loop
        (br_if 1
          (i32.eq (i32.load16_u offset=2 (i32.load offset=4 (local.get 0))) (i32.and (local.get 1) (i32.const 65535))))
        (br_if 0 (local.tee 0 (i32.load (local.get 0))))))
    (local.get 0)))
