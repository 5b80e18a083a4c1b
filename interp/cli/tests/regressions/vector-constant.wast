;; A vector constant that is set to a local at once was taken to be in the accumulator as well.
(module
  (func (export "f") (result i32)
    (local v128)
    (local.set 0 (v128.const i32x4 -1 0 -1 0))
    (i32x4.bitmask (local.get 0))))
(assert_return (invoke "f") (i32.const 5))
