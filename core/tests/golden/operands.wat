;; Locals and constants fold into the op that uses them; the result goes where it is set.
(module
  (func (param i32 i32) (result i32)
    (local i32)
    (local.set 2 (i32.add (i32.const 7) (i32.mul (local.get 0) (local.get 1))))
    (i32.sub (local.get 2) (local.get 0)))
  (func (param f64 f64) (result f64)
    (f64.add (f64.mul (local.get 0) (f64.const 2)) (f64.const 0.5)))
  (func (param i64) (result i64)
    (i64.add (local.get 0) (i64.const 0x1_0000_0000))))
