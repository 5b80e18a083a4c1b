;; What a load becomes with the ops around it, a choice by bits, and a copy between two counters.
(module
  (memory 1)
  ;; A dot product of 16-bit numbers, with three counters.
  (func $dot (param $a i32) (param $b i32) (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add
        (i32.mul (i32.load16_s (local.get $b)) (i32.load16_s (local.get $a)))
        (local.get $sum)))
      (local.set $a (i32.add (local.get $a) (i32.const 2)))
      (local.set $b (i32.add (local.get $b) (i32.const 2)))
      (br_if $again (local.tee $n (i32.add (local.get $n) (i32.const -1)))))
    (local.get $sum))
  ;; Other types, an offset, and an address that is a sum.
  (func (param i32 f32 f32 f64 f64) (result f32)
    (f64.store (local.get 0)
      (f64.add (local.get 3) (f64.mul (local.get 4) (f64.load offset=8 (local.get 0)))))
    (f32.add (f32.mul (f32.load (i32.add (local.get 0) (i32.const -4))) (local.get 1)) (local.get 2)))
  (func (param i32 i32 i32) (result i32)
    (i32.add
      (i32.add (i32.mul (i32.load8_s offset=1 (local.get 0)) (local.get 1)) (local.get 2))
      (i32.add (i32.mul (local.get 1) (i32.load (i32.add (local.get 0) (i32.const 12)))) (local.get 2))))
  ;; None: what is loaded is needed once more, the factor is a constant, or what is added is.
  (func (param i32 i32) (result i32)
    (local.set 0 (i32.add (i32.mul (local.tee 1 (i32.load (local.get 0))) (local.get 0)) (local.get 1)))
    (i32.add (i32.mul (i32.load (local.get 0)) (i32.const 7)) (local.get 1)))
  (func (param i32 i32) (result i32)
    (i32.add (i32.mul (i32.load (local.get 0)) (local.get 1)) (i32.const 7)))
  ;; A list is reversed.
  (func $reverse (param $list i32) (result i32) (local $before i32) (local $here i32)
    (loop $again
      (local.set $list (i32.load (local.tee $here (local.get $list))))
      (i32.store (local.get $here) (local.get $before))
      (local.set $before (local.get $here))
      (br_if $again (local.get $list)))
    (local.get $before))
  ;; None: another local, or too large an offset.
  (func (param i32 i32 i32) (result i32)
    (local.set 2 (local.get 0))
    (local.set 0 (i32.load (local.get 1)))
    (local.set 1 (local.get 0))
    (i32.add (i32.load offset=65536 (local.get 1)) (local.get 2)))
  ;; A step of a checksum; choices with constants, on what is needed once more, and on a value.
  (func (param i32 i32) (result i32)
    (select (i32.xor (local.get 1) (i32.const 40961)) (local.get 1) (i32.and (local.get 0) (i32.const 1))))
  (func (param i32 i32) (result i32)
    (local.set 0 (select (i32.const 1) (i32.const -1) (i32.and (local.get 0) (i32.const -65536))))
    (local.set 0 (select (local.get 0) (local.get 1) (local.tee 1 (i32.and (local.get 0) (i32.const 4)))))
    (select (local.get 0) (local.get 1) (i32.and (local.get 0) (local.get 1))))
  ;; A copy before the end of a loop does not keep two counters apart.
  (func $sums (param $at i32) (param $n i32) (result i32) (local $old i32) (local $new i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add
        (i32.gt_s (local.tee $new (i32.load (local.get $at))) (local.get $old)) (local.get $sum)))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (local.set $old (local.get $new))
      (br_if $again (local.tee $n (i32.add (local.get $n) (i32.const -1)))))
    (local.get $sum))
  ;; Unless it is of what is counted.
  (func (param $at i32) (param $n i32) (result i32) (local $old i32)
    (loop $again
      (i32.store (local.get $old) (local.get $at))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (local.set $old (local.get $at))
      (br_if $again (local.tee $n (i32.add (local.get $n) (i32.const -1)))))
    (local.get $old)))
