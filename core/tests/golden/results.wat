;; Branches on what is computed just before, and loads through pointers.
(module
  (memory 1)
  ;; The sum goes to another local, and is compared: a range check.
  (func (param i32) (result i32) (local i32)
    (if (result i32) (i32.gt_u (local.tee 1 (i32.sub (local.get 0) (i32.const 9))) (i32.const 4))
      (then (local.get 1))
      (else (i32.const -1))))
  ;; The limit stands left, and is a local.
  (func (param i32 i32) (result i32)
    (block
      (br_if 0 (i32.lt_s (local.get 1) (i32.add (local.get 0) (i32.const 100))))
      (return (i32.const 0)))
    (i32.const 1))
  ;; Some bits, and one bit by number.
  (func (param i32) (result i32)
    (if (i32.eq (i32.and (local.get 0) (i32.const 12)) (i32.const 8))
      (then (return (i32.const 1))))
    (i32.eqz (i32.const 0)))
  (func (param i32) (result i32)
    (block
      (br_if 0 (i32.and (i32.shl (i32.const 1) (local.get 0)) (i32.const 0x800013)))
      (return (i32.const 0)))
    (i32.const 1))
  (func (param i32) (result i32)
    (if (i32.eqz (i32.and (i32.shl (i32.const 1) (local.get 0)) (i32.const 8388627)))
      (then (return (i32.const 0))))
    (i32.const 1))
  ;; What is loaded is needed afterwards, or is not.
  (func (param i32) (result i32) (local i32)
    (if (i32.eqz (local.tee 1 (i32.load offset=8 (local.get 0))))
      (then (return (i32.const 7))))
    (local.get 1))
  (func (param i32) (result i32)
    (if (i32.ge_u (i32.load8_u (local.get 0)) (i32.const 128))
      (then (return (i32.const 1))))
    (i32.const 0))
  ;; The end of a walk along a list, which is turned around.
  (func (param i32) (result i32) (local i32 i32)
    (loop
      (local.set 2 (i32.load (local.get 0)))
      (i32.store (local.get 0) (local.get 1))
      (local.set 1 (local.get 0))
      (local.set 0 (local.get 2))
      (br_if 0 (local.get 2)))
    (local.get 1))
  ;; Two counters, one with a step that is a local.
  (func (param i32 i32 i32)
    (loop
      (i32.store8 (local.get 1) (i32.const 1))
      (local.set 1 (i32.add (local.get 1) (local.get 2)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (param i32 i32 i32)
    (loop
      (i32.store8 (local.get 1) (i32.load8_u (local.get 0)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (local.get 2)))))
  ;; Through two pointers, and one that is needed afterwards.
  (func (param i32) (result i32)
    (i32.load8_s offset=3 (i32.load offset=4 (i32.load (local.get 0)))))
  (func (param i32) (result i64) (local i32)
    (drop (local.tee 1 (i32.load (local.get 0))))
    (i64.load offset=16 (local.get 1)))
  ;; A constant goes to an address that is a sum.
  (func (param i32 i32)
    (i32.store8 (i32.add (local.get 0) (local.get 1)) (i32.const 32))))
