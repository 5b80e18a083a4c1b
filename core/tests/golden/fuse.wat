;; Ops that follow one another become one.
(module
  (memory 1)
  (func (param i32 i32) (result i32)
    (i32.load offset=8 (i32.add (local.get 0) (i32.shl (local.get 1) (i32.const 2)))))
  (func (param i32 i32) (result i32)
    (i32.load8_u (i32.add (local.get 0) (local.get 1))))
  (func (param i32 i32)
    (i64.store offset=16 (local.get 0) (i64.load offset=8 (local.get 1)))
    (i32.store8 (i32.add (local.get 0) (local.get 1)) (local.get 1)))
  (func (param f64 f64 f64) (result f64)
    (f64.sub (f64.mul (local.get 0) (local.get 1)) (local.get 2)))
  (func (param i64 i64) (result i64)
    (i64.rotl (i64.xor (local.get 0) (local.get 1)) (i64.const 32)))
  (func (param i32) (result i32)
    (if (result i32) (i32.eqz (i32.and (local.get 0) (i32.const 1)))
      (then (i32.const 3))
      (else (local.get 0))))
  (func (param i32) (result i32)
    (local i32)
    (loop
      (local.set 1 (i32.xor (local.get 1) (local.get 0)))
      (br_if 0 (local.tee 0 (i32.add (local.get 0) (i32.const -1)))))
    (local.get 1))
  (func (param i32 i32 i32)
    (loop
      (i32.store (local.get 0) (local.get 2))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (br_if 0 (i32.lt_u (local.get 0) (local.get 1)))))
  ;; The factor that was computed last is in the accumulator, and changes places with the other one.
  (func (param i32 i32 i32) (result i32)
    (i32.add
      (local.get 2)
      (i32.mul (i32.load16_s (local.get 0)) (i32.load16_s (local.get 1)))))
  ;; The step of a recurrence; then one that is none, since the older value is not what the newer one was.
  (func (param i64 i64 i64) (result i64)
    (loop
      (i64.add (local.get 1) (local.get 2))
      (local.set 1 (local.get 2))
      (local.set 2)
      (br_if 0 (i32.wrap_i64 (local.tee 0 (i64.sub (local.get 0) (i64.const 1))))))
    (local.get 1))
  (func (param i32 i32 i32) (result i32)
    (i32.add (local.get 1) (local.get 2))
    (local.set 1 (local.get 0))
    (local.set 2)
    (i32.mul (local.get 1) (local.get 2)))
  ;; Signs that are extended by two shifts; not by others than the widths there are.
  (func (param i32) (result i32)
    (i32.add
      (i32.shr_s (i32.shl (local.get 0) (i32.const 16)) (i32.const 16))
      (i32.shr_s (i32.shl (local.get 0) (i32.const 56)) (i32.const 24))))
  (func (param i64) (result i64 i64)
    (i64.shr_s (i64.shl (i64.mul (local.get 0) (local.get 0)) (i64.const 32)) (i64.const 32))
    (i64.shr_s (i64.shl (local.get 0) (i64.const 48)) (i64.const 48)))
  (func (param i32) (result i32)
    (i32.xor
      (i32.shr_s (i32.shl (local.get 0) (i32.const 16)) (i32.const 15))
      (i32.shr_u (i32.shl (local.get 0) (i32.const 8)) (i32.const 8)))))
