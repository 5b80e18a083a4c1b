;; Two steps of counters are one op; a step that the end of the loop compares is part of that.
(module
  (func (param i32 i32 i32) (result i32)
    (loop
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
      (local.set 2 (i32.mul (local.get 2) (local.get 2)))
      (br_if 0 (local.get 2)))
    (local.get 0))
  (func (param i32 i32 i32) (result i32)
    (loop
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (i32.lt_s (local.get 1) (local.get 2))))
    (local.get 0))
  ;; The first of the two is what is compared; and the sum stands right.
  (func (param i32 i32 i32) (result i32)
    (loop
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (i32.ne (local.get 2) (local.get 0))))
    (local.get 0))
  ;; A step by what does not fit, and two steps of the same.
  (func (param i32 i32)
    (local.set 0 (i32.add (local.get 0) (i32.const 70000)))
    (local.set 1 (i32.add (local.get 1) (i32.const 1)))
    (local.set 1 (i32.add (local.get 1) (i32.const 2))))
  ;; A branch out before a jump back becomes the branch back.
  (func (param i32 i32) (result i32)
    (block
      (loop
        (local.set 0 (i32.popcnt (local.get 0)))
        (br_if 1 (i32.lt_u (local.get 0) (local.get 1)))
        (br 0)))
    (local.get 0))
  (func (param f32)
    (block
      (loop
        (local.set 0 (f32.sqrt (local.get 0)))
        (br_if 1 (f32.lt (local.get 0) (f32.const 2)))
        (br 0))))
  ;; Constants beyond 32 bits.
  (func (param i64) (result i64)
    (i64.xor (i64.mul (local.get 0) (i64.const 0x100000001b3)) (i64.const -1))))
