;; `x = x + 1` and the comparison of `x` became one op although `x` was still on the operand stack, and its old value was
;; moved to where the stack keeps it.
(module
  (func (export "f") (param i32) (result i32)
    (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
    (if (i32.lt_s (local.get 0) (i32.const 10))
      (then (local.set 0 (i32.const 5))))))
(assert_return (invoke "f" (i32.const 3)) (i32.const 4))
(assert_return (invoke "f" (i32.const 30)) (i32.const 31))
