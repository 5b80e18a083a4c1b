;; A counted local that is still on the stack is moved home before the branch, so the sum must have been computed.
(module
  (func (param i32) (result i32)
    (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
    (if (i32.lt_s (local.get 0) (i32.const 10))
      (then (local.set 0 (i32.const 5)))))
  ;; After the loop the sum is in its slot only.
  (func (param i32 i32) (result i32)
    (loop
      (local.set 1 (i32.clz (i32.load (local.get 1))))
      (local.set 1 (i32.mul (local.get 1) (i32.mul (local.get 1) (local.get 1))))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (i32.mul (local.get 0) (i32.const 5)))
  (memory 1))
