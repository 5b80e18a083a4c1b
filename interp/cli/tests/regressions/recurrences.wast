;; Two locals of which each step of a loop makes the older one the newer, and the newer one their sum.
(module
  (func (export "fibonacci") (param $n i32) (result i32) (local $a i32) (local $b i32)
    (local.set $b (i32.const 1))
    (block
      (br_if 0 (i32.eqz (local.get $n)))
      (loop
        (i32.add (local.get $a) (local.get $b))
        (local.set $a (local.get $b))
        (local.set $b)
        (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (local.get $a))
  ;; The sum is needed once more.
  (func (export "last sum") (param $n i64) (param $a i64) (param $b i64) (result i64) (local $sum i64)
    (loop
      (local.set $sum (i64.add (local.get $b) (local.get $a)))
      (local.set $a (local.get $b))
      (local.set $b (local.get $sum))
      (br_if 0 (i64.ne (i64.const 0) (local.tee $n (i64.sub (local.get $n) (i64.const 1))))))
    (i64.mul (local.get $sum) (local.get $a)))
  ;; What is counted is 64 bits wide, and what is summed 32; the limit is a local, and the terms are used after the loop.
  (func (export "up to a limit") (param $n i64) (param $end i64) (result i32 i32) (local $a i32) (local $b i32)
    (local.set $b (i32.const 1))
    (loop
      (i32.add (local.get $a) (local.get $b))
      (local.set $a (local.get $b))
      (local.set $b)
      (br_if 0 (i64.lt_s (local.tee $n (i64.add (local.get $n) (i64.const 2))) (local.get $end))))
    (local.get $a)
    (local.get $b))
  ;; Below the sum an old value of each is still to be used.
  (func (export "old values") (param $a i32) (param $b i32) (result i32 i32 i32 i32)
    (local.get $a)
    (local.get $b)
    (i32.add (local.get $a) (local.get $b))
    (local.set $a (local.get $b))
    (local.set $b)
    (local.get $a)
    (local.get $b)))

(assert_return (invoke "fibonacci" (i32.const 0)) (i32.const 0))
(assert_return (invoke "fibonacci" (i32.const 1)) (i32.const 1))
(assert_return (invoke "fibonacci" (i32.const 2)) (i32.const 1))
(assert_return (invoke "fibonacci" (i32.const 30)) (i32.const 832040))
(assert_return (invoke "fibonacci" (i32.const 50)) (i32.const -298632863))
(assert_return (invoke "last sum" (i64.const 1) (i64.const 3) (i64.const 4)) (i64.const 28))
(assert_return (invoke "last sum" (i64.const 3) (i64.const 3) (i64.const 4)) (i64.const 198))
(assert_return (invoke "last sum" (i64.const 2) (i64.const -1) (i64.const 0x100000000))
  (i64.const 0xfffffffd00000001))
(assert_return (invoke "old values" (i32.const 5) (i32.const 7))
  (i32.const 5) (i32.const 7) (i32.const 7) (i32.const 12))
(assert_return (invoke "up to a limit" (i64.const 7) (i64.const 7)) (i32.const 1) (i32.const 1))
(assert_return (invoke "up to a limit" (i64.const -3) (i64.const 2)) (i32.const 2) (i32.const 3))
(assert_return (invoke "up to a limit" (i64.const 0) (i64.const 100)) (i32.const -298632863) (i32.const -1109825406))
