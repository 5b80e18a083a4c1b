;; Loops whose first branch is repeated where they are jumped back to, and loops whose parameters stay in locals.
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\05\04\03\02\01\00\09")
  (global $sp (mut i32) (i32.const 1024))

  ;; Steps to the first zero byte.
  (func (export "length") (param i32) (result i32) (local i32 i32)
    (block
      (loop
        (br_if 1 (i32.eqz (local.tee 1 (i32.load8_u (local.get 0)))))
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (local.set 2 (i32.add (local.get 2) (local.get 1)))
        (br 0)))
    (i32.add (i32.mul (local.get 2) (i32.const 100)) (local.get 0)))

  ;; A condition that is always false, and another `if` in the same place.
  (func (export "ifs") (param i32) (result i32)
    (if (i32.const 0) (then (local.set 0 (i32.const -1))) (else (local.set 0 (i32.add (local.get 0) (i32.const 1)))))
    (loop
      (if (i32.lt_u (local.get 0) (i32.const 7))
        (then (local.set 0 (i32.mul (local.get 0) (i32.const 3))) (br 1))
        (else (local.set 0 (i32.add (local.get 0) (i32.const 1000)))))
      (if (i32.lt_u (local.get 0) (i32.const 5000))
        (then (local.set 0 (i32.add (local.get 0) (i32.const 2000))) (br 1))))
    (local.get 0))

  ;; The value that leaves is put in place by the code that is repeated.
  (func (export "value") (param i32) (result i32)
    (block (result i32)
      (loop
        (i32.mul (local.get 0) (i32.const 10))
        (br_if 1 (i32.gt_u (local.get 0) (i32.const 4)))
        (local.set 0)
        (local.set 0 (i32.div_u (local.get 0) (i32.const 5)))
        (br 0))
      (unreachable)))

  (func (export "passed") (param i32) (result i32) (local i32)
    (local.get 0)
    (loop (param i32) (result i32)
      (local.set 0 (i32.sub (i32.const 1)))
      (local.set 1 (i32.add (local.get 1) (local.get 0)))
      (local.get 0)
      (br_if 0 (local.get 0)))
    (i32.add (local.get 1)))

  ;; The second branch passes another local.
  (func (export "not passed") (param i32 i32) (result i32)
    (local.get 0)
    (loop (param i32) (result i32)
      (local.set 0 (i32.const 3))
      (local.set 1 (i32.sub (i32.const 2)))
      (if (result i32) (i32.gt_s (local.get 1) (i32.const 10))
        (then (local.get 1) (br 1))
        (else (i32.add (local.get 0) (local.get 1))))))

  ;; A trap in repeated code.
  (func (export "trap") (param i32)
    (block
      (loop
        (br_if 1 (i32.eqz (i32.load8_u (local.get 0))))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br 0))))

  (func (export "stack pointer") (param i32) (result i32) (local i32)
    (global.set $sp (local.tee 1 (i32.sub (global.get $sp) (i32.const 16))))
    (i32.store (local.get 1) (local.get 0))
    (local.set 0 (i32.load (global.get $sp)))
    (global.set $sp (i32.add (local.get 1) (i32.const 16)))
    (i32.add (i32.mul (global.get $sp) (i32.const 1000)) (local.get 0))))

(assert_return (invoke "length" (i32.const 0)) (i32.const 1505))
(assert_return (invoke "length" (i32.const 3)) (i32.const 305))
(assert_return (invoke "length" (i32.const 5)) (i32.const 5))
(assert_return (invoke "ifs" (i32.const 1)) (i32.const 7018))
(assert_return (invoke "ifs" (i32.const 9000)) (i32.const 10001))
(assert_return (invoke "value" (i32.const 5)) (i32.const 50))
(assert_return (invoke "value" (i32.const 0xffffffff)) (i32.const -10))
(assert_return (invoke "passed" (i32.const 4)) (i32.const 6))
(assert_return (invoke "not passed" (i32.const 20) (i32.const 0)) (i32.const 13))
(assert_trap (invoke "trap" (i32.const 4)) "out of bounds memory access")
(assert_return (invoke "stack pointer" (i32.const 77)) (i32.const 1024077))
(assert_return (invoke "stack pointer" (i32.const 5)) (i32.const 1024005))

;; A loop that has ended, and branches before it, are no start of the loop around.
(module
  (func (export "around") (param $n i32) (param $a i32) (result i32)
    (block $far
      (block $out
        (loop $again
          (br_if $far (i32.eq (local.get $a) (i32.const 1000)))
          (loop (local.set $a (i32.xor (local.get $a) (i32.const 5))))
          (br_if $out (i32.eqz (local.get $n)))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (local.set $a (i32.add (local.get $a) (i32.const 100)))
          (br $again)))
      (return (local.get $a)))
    (i32.const -1)))

(assert_return (invoke "around" (i32.const 5) (i32.const 7)) (i32.const 483))
(assert_return (invoke "around" (i32.const 5) (i32.const 897)) (i32.const -1))
