;; Copies before a jump, as compilers leave them where branches meet, become one op with it.
(module
  (func $one (param i32 i32 i32) (result i32)
    (block
      (block
        (br_if 0 (local.get 0))
        (local.set 2 (local.get 1))
        (br 1))
      (local.set 2 (i32.mul (local.get 1) (local.get 1))))
    (i32.add (local.get 2) (local.get 1)))
  (func $two (param i32 i32 i32) (result i32)
    (block
      (block
        (br_if 0 (local.get 0))
        (local.set 2 (local.get 1))
        (local.set 1 (i32.const 7))
        (br 1))
      (local.set 2 (i32.mul (local.get 1) (local.get 1))))
    (i32.add (local.get 2) (local.get 1)))
  (func $constants (param i32 i32) (result i32)
    (block
      (block
        (block
          (br_if 0 (local.get 0))
          (local.set 1 (i32.const 32767))
          (br 2))
        (br_if 0 (i32.lt_u (local.get 0) (i32.const 10)))
        (local.set 1 (i32.const 32768))
        (br 1))
      (local.set 1 (i32.add (local.get 1) (local.get 1))))
    (i32.mul (local.get 1) (local.get 1)))
  ;; The value is that of an `if`.
  (func $choice (param i32 i64) (result i64)
    (i64.mul
      (if (result i64) (local.get 0)
        (then (local.get 1))
        (else (i64.const -1)))
      (i64.const 3)))
  ;; The jump leads to a return.
  (func $returned (param i32 i32) (result i32)
    (if (result i32) (local.get 0)
      (then (local.get 1))
      (else (i32.const 5))))
  ;; The jump leads to the start of a short loop.
  (func $loop (param i32 i32)
    (loop
      (block
        (br_if 0 (i32.eqz (i32.load (local.get 0))))
        (local.set 0 (i32.add (local.get 1) (i32.load (local.get 1))))
        (local.set 1 (local.get 0))
        (br 1))
      (i32.store (local.get 0) (local.get 1))))
  (memory 1))
