;; Loops over bytes, as compilers emit them for `memset` and `memcpy`: their ends do what is left at once.
(module
  (memory 1)
  (func $fill (param i32 i32 i32)
    (loop
      (i32.store8
        (i32.add (local.get 0) (local.tee 2 (i32.add (local.get 2) (i32.const -1))))
        (local.get 1))
      (br_if 0 (local.get 2))))
  (func $fill_with_constant (param i32 i32)
    (loop
      (i32.store8 offset=8
        (i32.add (local.tee 1 (i32.sub (local.get 1) (i32.const 1))) (local.get 0))
        (i32.const 32))
      (br_if 0 (local.get 1))))
  ;; What is stored is the counter itself.
  (func $count_down (param i32 i32)
    (loop
      (i32.store8
        (i32.add (local.get 0) (local.tee 1 (i32.add (local.get 1) (i32.const -1))))
        (local.get 1))
      (br_if 0 (local.get 1))))
  (func $copy (param i32 i32 i32) (local i32)
    (loop
      (i32.store8
        (i32.add (local.get 0) (local.get 3))
        (i32.load8_u (i32.add (local.get 1) (local.get 3))))
      (br_if 0 (i32.ne (local.get 2) (local.tee 3 (i32.add (local.get 3) (i32.const 1)))))))
  (func $copy_by_a_step (param i32 i32 i32 i32) (local i32)
    (loop
      (i32.store8
        (i32.add (local.get 0) (local.get 4))
        (i32.load8_u (i32.add (local.get 1) (local.get 4))))
      (br_if 0 (i32.ne (local.get 2) (local.tee 4 (i32.add (local.get 4) (local.get 3)))))))
  ;; The step is what is counted.
  (func $doubles (param i32 i32 i32) (local i32)
    (loop
      (i32.store8
        (i32.add (local.get 0) (local.get 3))
        (i32.load8_u (i32.add (local.get 1) (local.get 3))))
      (br_if 0 (i32.ne (local.get 2) (local.tee 3 (i32.add (local.get 3) (local.get 3))))))))
