;; Vector constants of loops, and locals that are nothing but one of them.
(module
  (memory 1)
  (func $callee (param v128) (result v128) (local $const v128)
    (local.set $const (v128.const i64x2 5 5))
    (v128.xor (local.get 0) (local.get $const)))
  ;; The local is the constant, in the loop and behind it.
  (func $only (param $p i32) (result v128) (local $const v128) (local $sum v128)
    (loop $again
      (local.set $sum (v128.or (local.get $sum)
        (i8x16.eq (v128.load (local.get $p)) (local.tee $const (v128.const i64x2 1 2)))))
      (v128.store (local.get $p) (v128.and (local.get $sum) (local.get $const)))
      (br_if $again (i32.ne (local.tee $p (i32.add (local.get $p) (i32.const 16))) (i32.const 160))))
    (v128.xor (local.get $sum) (local.get $const)))
  ;; It is zero in the first iteration; something else is written to it; it is a parameter.
  (func $early (param $i i32) (result v128) (local $const v128) (local $sum v128)
    (loop $again
      (local.set $sum (i8x16.add (local.get $sum) (local.get $const)))
      (local.set $const (v128.const i64x2 1 2))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.get $sum))
  (func $other (param $i i32) (result v128) (local $const v128) (local $sum v128)
    (loop $again
      (local.set $const (v128.const i64x2 1 2))
      (local.set $sum (i8x16.add (local.get $sum) (local.get $const)))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.set $const (local.get $sum))
    (i8x16.sub (local.get $const) (local.get $sum)))
  (func $another (param $i i32) (result v128) (local $const v128) (local $sum v128)
    (loop $again
      (local.set $const (v128.const i64x2 1 2))
      (local.set $sum (i8x16.add (local.get $sum) (local.get $const)))
      (local.set $const (v128.const i64x2 3 4))
      (local.set $sum (i8x16.sub (local.get $sum) (local.get $const)))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.get $sum))
  (func $parameter (param $const v128) (param $i i32) (result v128) (local $sum v128)
    (loop $again
      (local.set $sum (i8x16.add (local.get $sum) (local.get $const)))
      (local.set $const (v128.const i64x2 1 2))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.get $sum))
  ;; On the stack, while it is written.
  (func $on_stack (param $i i32) (result v128) (local $const v128) (local $sum v128)
    (loop $again
      (local.set $const (v128.const i64x2 1 2))
      (local.get $const)
      (local.set $const (v128.const i64x2 1 2))
      (local.set $sum (i8x16.add (local.get $sum)))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.get $sum))
  ;; The locals of an inlined function are not its caller's.
  (func $inlined (param $i i32) (result v128) (local $const v128) (local $sum v128)
    (loop $again
      (local.set $const (v128.const i64x2 1 2))
      (local.set $sum (i8x16.add (call $callee (local.get $const)) (local.get $const)))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.get $sum))
  (export "only" (func $only)) (export "early" (func $early)) (export "other" (func $other)) (export "another" (func $another))
  (export "parameter" (func $parameter)) (export "on_stack" (func $on_stack)) (export "inlined" (func $inlined)))
