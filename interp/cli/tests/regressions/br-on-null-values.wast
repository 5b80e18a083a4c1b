;; The value below the reference was moved to where the label takes it on the way to the label only.
(module
  (type $t (func (param i32) (result i32)))
  (elem declare func $square)
  (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
  (func $f (param i32 (ref null $t)) (result i32)
    (block $null (result i32)
      (return (call_ref $t (br_on_null $null (local.get 0) (local.get 1))))))
  (func (export "null") (param i32) (result i32) (call $f (local.get 0) (ref.null $t)))
  (func (export "square") (param i32) (result i32) (call $f (local.get 0) (ref.func $square))))
(assert_return (invoke "null" (i32.const 3)) (i32.const 3))
(assert_return (invoke "square" (i32.const 3)) (i32.const 9))
