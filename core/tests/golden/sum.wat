;; The address of an access is a sum with a constant, which wraps where an offset would not.
(module
  (memory 1)
  (func (param i32 i32) (result i32)
    (i32.load (i32.add (local.get 0) (i32.const -8))))
  ;; A sum with an offset stays what it is, and so does one that is needed otherwise.
  (func (param i32 i32) (result i32)
    (i32.load offset=4 (i32.add (local.get 0) (i32.const -8))))
  (func (param i32 i32) (result i32)
    (i32.load (local.tee 0 (i32.add (local.get 0) (i32.const -8)))))
  (func (param i32 i64 f32)
    (i32.store8 (i32.add (local.get 0) (i32.const -8)) (i32.const 7))
    (i64.store (i32.add (local.get 0) (i32.const -8)) (local.get 1))
    (f32.store (i32.add (local.get 0) (i32.const -8)) (f32.const 0)))
  ;; A value in the accumulator is computed after the address.
  (func (param i32 i32)
    (i32.store (i32.add (local.get 0) (i32.const -8)) (i32.popcnt (local.get 1)))))
