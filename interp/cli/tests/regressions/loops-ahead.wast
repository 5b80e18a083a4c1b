;; Loops that only count: where they end, whichever way they count, and that they end at all where the counter steps over its
;; limit and comes round again.
(module
  (func (export "down") (param i32) (result i32) (local i32)
    (loop
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 0))
  (func (export "up by 30001 to equal") (param i32 i32) (result i32)
    (loop
      (br_if 0 (i32.ne (local.get 1) (local.tee 0 (i32.add (local.get 0) (i32.const 30001))))))
    (local.get 0))
  (func (export "while equal") (param i64 i64) (result i64)
    (loop
      (br_if 0 (i64.eq (local.tee 0 (i64.add (local.get 0) (i64.const 1))) (local.get 1))))
    (local.get 0))
  (func (export "while less") (param i32 i32) (result i32)
    (loop
      (br_if 0 (i32.lt_s (local.tee 0 (i32.add (local.get 0) (i32.const 1000))) (local.get 1))))
    (local.get 0))
  (func (export "while less, unsigned, down") (param i32 i32) (result i32)
    (loop
      (br_if 0 (i32.lt_u (local.tee 0 (i32.sub (local.get 0) (i32.const 7))) (local.get 1))))
    (local.get 0))
  (func (export "while at least, down") (param i64 i64) (result i64)
    (loop
      (br_if 0 (i64.ge_s (local.tee 0 (i64.sub (local.get 0) (i64.const 2))) (local.get 1))))
    (local.get 0))
  (func (export "while at most, unsigned") (param i64 i64) (result i64)
    (loop
      (br_if 0 (i64.le_u (local.tee 0 (i64.add (local.get 0) (i64.const 5))) (local.get 1))))
    (local.get 0))
  (func (export "while greater than a constant") (param i64) (result i64)
    (loop
      (br_if 0 (i64.gt_u (local.tee 0 (i64.sub (local.get 0) (i64.const 4))) (i64.const 10))))
    (local.get 0))
  (func (export "test first") (param i32 i32) (result i32)
    (block
      (loop
        (br_if 1 (i32.ge_u (local.get 0) (local.get 1)))
        (local.set 0 (i32.add (local.get 0) (i32.const 5)))
        (br 0)))
    (local.get 0))
  ;; The counter's old value is left on the stack.
  (func (export "old value") (param i32) (result i32 i32)
    (local.get 0)
    (loop
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 0)))

(assert_return (invoke "down" (i32.const 1)) (i32.const 0))
(assert_return (invoke "down" (i32.const 2)) (i32.const 0))
(assert_return (invoke "down" (i32.const 0)) (i32.const 0))
(assert_return (invoke "up by 30001 to equal" (i32.const 0) (i32.const 30001)) (i32.const 30001))
(assert_return (invoke "up by 30001 to equal" (i32.const -1) (i32.const 60001)) (i32.const 60001))
;; Three times round.
(assert_return (invoke "up by 30001 to equal" (i32.const 0) (i32.const 137599)) (i32.const 137599))
(assert_return (invoke "while equal" (i64.const 6) (i64.const 7)) (i64.const 8))
(assert_return (invoke "while equal" (i64.const 7) (i64.const 7)) (i64.const 8))
(assert_return (invoke "while less" (i32.const 0) (i32.const 5)) (i32.const 1000))
(assert_return (invoke "while less" (i32.const 0) (i32.const 5001)) (i32.const 6000))
(assert_return (invoke "while less" (i32.const -2147483648) (i32.const 2147483000)) (i32.const 2147483352))
(assert_return (invoke "while less, unsigned, down" (i32.const 20) (i32.const 30)) (i32.const -1))
(assert_return (invoke "while less, unsigned, down" (i32.const 20) (i32.const 5)) (i32.const 13))
(assert_return (invoke "while less, unsigned, down" (i32.const 21) (i32.const -7)) (i32.const -7))
(assert_return (invoke "while at least, down" (i64.const 1000001) (i64.const 7)) (i64.const 5))
(assert_return (invoke "while at least, down" (i64.const -9223372036854775801) (i64.const -9223372036854775806))
  (i64.const -9223372036854775807))
(assert_return (invoke "while at most, unsigned" (i64.const 0x7fffffffffffff00) (i64.const 0x8000000000000000))
  (i64.const 0x8000000000000004))
(assert_return (invoke "while at most, unsigned" (i64.const 1) (i64.const 0)) (i64.const 6))
(assert_return (invoke "while greater than a constant" (i64.const 1000000)) (i64.const 8))
(assert_return (invoke "while greater than a constant" (i64.const 11)) (i64.const 7))
(assert_return (invoke "test first" (i32.const 0) (i32.const 0)) (i32.const 0))
(assert_return (invoke "test first" (i32.const 0) (i32.const 1)) (i32.const 5))
(assert_return (invoke "test first" (i32.const 0) (i32.const 4000001)) (i32.const 4000005))
(assert_return (invoke "old value" (i32.const 77)) (i32.const 77) (i32.const 0))
