;; Calls of small leaf functions: their bodies stand in the place of the calls.
(module
  (memory 1)
  (type $pair (func (param i32 i32) (result i32 i32)))
  (func $get (param i32) (result i32) (i32.load offset=4 (local.get 0)))
  (func $set (param i32 i32) (i32.store offset=4 (local.get 0) (local.get 1)))
  (func $seven (result i32) (i32.const 7))
  (func $second (param i32 i32) (result i32) (local.get 1))
  (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
  (func $swap (type $pair) (local.get 1) (local.get 0))
  (func $count (param i32) (result i32)
    (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (i32.shl (local.get 0) (local.get 0)))
  (func $max (param i32 i32) (result i32)
    (if (i32.gt_s (local.get 0) (local.get 1)) (then (return (local.get 0))))
    (local.get 1))
  (func $sum (param i32) (result i64) (local i64 i64)
    (local.set 1 (i64.add (local.get 2) (i64.extend_i32_s (local.get 0))))
    (i64.add (local.get 1) (local.get 2)))
  (func $swap_word (param i32 i32) (result i32) (local i32)
    (local.set 2 (i32.load (local.get 0)))
    (i32.store (local.get 0) (local.get 1))
    (return (local.get 2)))
  (func $old (param i32 i32) (result i32)
    (i32.load (local.get 0))
    (i32.store (local.get 0) (local.get 1)))
  (func $abs (param i32) (result i32)
    (if (i32.lt_s (local.get 0) (i32.const 0)) (then (return (i32.sub (i32.const 0) (local.get 0)))))
    (i32.or (local.get 0) (i32.const 1)))
  ;; Operands fold and ops fuse across the border.
  (func (param i32) (result i32) (i32.add (call $get (local.get 0)) (i32.const 1)))
  (func (param i32) (call $set (i32.sub (local.get 0) (i32.const 8)) (call $get (local.get 0))))
  (func (param i32) (result i32) (if (result i32) (call $get (local.get 0)) (then (call $seven)) (else (i32.const 1))))
  ;; Constants, and locals of the caller, also the pinned one.
  (func (param i32) (result i32) (i32.add (local.get 0) (call $seven)))
  (func (param i32 i32) (result i32) (i32.mul (call $second (local.get 0) (i32.const 3)) (local.get 1)))
  (func (param i32) (result i32) (local i32)
    (loop
      (local.set 1 (call $square (local.get 0)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  ;; A local that the caller writes while the result is on the stack.
  (func (param i32) (result i32) (call $second (i32.const 1) (local.get 0)) (local.set 0 (i32.const 5)))
  ;; An argument from the accumulator that is asked for twice, parameters that are written.
  (func (param i32) (result i32) (call $square (i32.add (local.get 0) (i32.const 1))))
  (func (param i32) (result i32) (call $count (local.get 0)))
  (func (result i32) (call $count (i32.const 2)))
  ;; Several results, in each other's way.
  (func (param i32 i32) (result i32) (i32.sub (call $swap (local.get 0) (local.get 1))))
  (func (param i32 i32) (result i32)
    (i32.sub (call $swap (i32.add (local.get 0) (i32.const 1)) (i32.eqz (local.get 1)))))
  ;; Branches; locals that are zeroed, or not.
  (func (param i32 i32) (result i32) (i32.add (i32.const 1) (call $max (local.get 0) (i32.load (local.get 1)))))
  (func (param i32) (result i64) (call $sum (i32.add (local.get 0) (i32.const 1))))
  (func (param i32) (result i32) (i32.add (local.get 0) (call $abs (local.get 0))))
  ;; The result was computed before an op that reads from where it goes.
  (func (param i32) (result i32) (call $swap_word (local.get 0) (i32.const 9)))
  (func (param i32) (result i32) (call $old (i32.add (local.get 0) (i32.const 4)) (i32.const 9)))
  (func (param i32) (result i32) (call $old (local.get 0) (i32.const 9)))
  ;; No op traps in two functions.
  (func (param i32) (result i32) (call $get (call $get (local.get 0))))
  (func (param i32) (call $set (local.get 0) (call $get (local.get 0))))
  ;; Not inlined: a tail call, and what loops.
  (func (param i32) (result i32) (return_call $get (local.get 0)))
  (func $calls (param i32) (call $f (local.get 0)))
  (func $f (param i32) (loop (br_if 0 (local.get 0))))
  ;; What calls is inlined as well, but for what that calls; once in itself.
  (func (param i32) (call $calls (i32.add (local.get 0) (i32.const 1))) (call $calls (local.get 0)))
  (func $fib (param i64) (result i64)
    (if (result i64) (i64.lt_s (local.get 0) (i64.const 2))
      (then (local.get 0))
      (else
        (i64.add
          (call $fib (i64.sub (local.get 0) (i64.const 1)))
          (call $fib (i64.sub (local.get 0) (i64.const 2)))))))
  ;; Not inlined: what has a leaf in it already, and what calls three times.
  (func (param i32) (result i32) (call $with_leaf (local.get 0)))
  (func $with_leaf (param i32) (result i32) (call $get (call $get (local.get 0))))
  (func (call $thrice (i32.const 1)))
  (func $thrice (param i32) (call $f (local.get 0)) (call $f (local.get 0)) (call $f (local.get 0))))
