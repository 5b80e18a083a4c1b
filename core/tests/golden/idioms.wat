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
      (br_if 0 (i32.ne (local.get 2) (local.tee 3 (i32.add (local.get 3) (local.get 3)))))))
  ;; It begins with a branch out of it, and goes either way.
  (func $copy_while (param i32 i32 i32 i32 i32)
    (loop
      (if (i32.ne (local.get 2) (local.get 3))
        (then
          (i32.store8
            (i32.add (local.get 0) (local.get 3))
            (i32.load8_u (i32.add (local.get 1) (local.get 3))))
          (local.set 3 (i32.add (local.get 3) (local.get 4)))
          (br 1)))))
  (func $copy_up_while (param i32 i32 i32) (local i32)
    (block
      (loop
        (br_if 1 (i32.eq (local.get 3) (local.get 2)))
        (i32.store8
          (i32.add (local.get 0) (local.get 3))
          (i32.load8_u (i32.add (local.get 1) (local.get 3))))
        (local.set 3 (i32.add (local.get 3) (i32.const 1)))
        (br 0))))
  ;; What is left is asked for before each byte, and afterwards.
  (func $fill_while (param i32 i32 i32) (result i32)
    (block
      (loop
        (br_if 1 (i32.eqz (local.get 2)))
        (local.set 2 (i32.sub (local.get 2) (i32.const 1)))
        (i32.store8 (i32.add (local.get 0) (local.get 2)) (local.get 1))
        (br 0)))
    (local.get 2)))
