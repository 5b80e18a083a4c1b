;; A counted local that is still on the stack is moved home before the branch, so the sum must have been computed.
(module
  (func (param i32) (result i32)
    (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
    (if (i32.lt_s (local.get 0) (i32.const 10))
      (then (local.set 0 (i32.const 5))))))
