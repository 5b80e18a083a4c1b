;; Loops that do nothing but count, or make steps of a recurrence: most of that is done before their branch.
(module
  (func $down (param i32) (result i32)
    (loop
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 0))
  (func $up_to_a_limit (param i64 i64) (result i64)
    (loop
      (local.set 0 (i64.add (local.get 0) (i64.const 3)))
      (br_if 0 (i64.lt_s (local.get 0) (local.get 1))))
    (local.get 0))
  ;; The test comes first, and is repeated at the end.
  (func $test_first (param i32 i32) (result i32)
    (block
      (loop
        (br_if 1 (i32.ge_u (local.get 0) (local.get 1)))
        (local.set 0 (i32.add (local.get 0) (i32.const 5)))
        (br 0)))
    (local.get 0))
  (func $fibonacci (param $n i32) (result i64) (local $a i64) (local $b i64)
    (local.set $b (i64.const 1))
    (loop
      (i64.add (local.get $a) (local.get $b))
      (local.set $a (local.get $b))
      (local.set $b)
      (br_if 0 (i32.lt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const -100))))
    (local.get $a))
  (func $fibonacci_to_a_limit (param $n i64) (param $end i64) (result i32) (local $a i32) (local $b i32)
    (loop
      (i32.add (local.get $a) (local.get $b))
      (local.set $a (local.get $b))
      (local.set $b)
      (br_if 0 (i64.ne (local.tee $n (i64.add (local.get $n) (i64.const 1))) (local.get $end))))
    (i32.mul (local.get $b) (local.get $b)))
  ;; What is counted is a term.
  (func $counted_term (param $a i32) (param $b i32)
    (loop
      (i32.add (local.get $a) (local.get $b))
      (local.set $a (local.get $b))
      (local.set $b)
      (br_if 0 (local.tee $a (i32.sub (local.get $a) (i32.const 1))))))
  ;; The limit is a term.
  (func $limit_is_a_term (param $n i32) (param $a i32) (param $b i32)
    (loop
      (i32.add (local.get $a) (local.get $b))
      (local.set $a (local.get $b))
      (local.set $b)
      (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $b)))))
  ;; There is something else to do.
  (func $more (param $n i32) (param $a i32) (param $b i32)
    (loop
      (i32.add (local.get $a) (local.get $b))
      (local.set $a (local.get $b))
      (local.set $b)
      (global.set 0 (local.get $a))
      (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (global (mut i32) (i32.const 0)))
