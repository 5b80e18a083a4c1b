;; Arguments are computed in place; results are found there.
(module
  (type $t (func (param i32 i64) (result i64)))
  (import "m" "f" (func $f (param i32) (result i32)))
  (table 1 funcref)
  (func $fib (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else
        (i32.add
          (call $fib (i32.sub (local.get 0) (i32.const 1)))
          (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func (param i32) (result i64)
    (call_indirect (type $t) (call $f (local.get 0)) (i64.const 3) (local.get 0)))
  (func (param i32 i64) (result i64)
    (return_call_indirect (type $t) (local.get 0) (i64.add (local.get 1) (i64.const 1)) (local.get 0)))
  (func (param i32) (result i32)
    (return_call $fib (i32.add (local.get 0) (i32.const 1)))))
