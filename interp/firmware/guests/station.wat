;; A weather station: reads a sensor, takes a mean and writes a line. Its memory has 1,024 bytes.
(module
  (import "sensor" "read" (func $read (result i32)))
  (import "uart" "write" (func $write (param i32 i32)))
  (memory (export "memory") 1024 1024 (pagesize 1))
  ;; The digit 0, as an expression that the device evaluates.
  (global $zero i32 (i32.sub (i32.const -80) (i32.const -128)))
  (data (i32.const 0) "mean of 8: ")
  (data (i32.const 16) "          ")

  ;; Writes `value` in decimal so that it ends at byte 26, and returns where it begins.
  (func $decimal (param $value i32) (result i32)
    (local $at i32)
    (local.set $at (i32.const 26))
    (loop $digits
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at)
        (i32.add (global.get $zero) (i32.rem_u (local.get $value) (i32.const 10))))
      (local.set $value (i32.div_u (local.get $value) (i32.const 10)))
      (br_if $digits (local.get $value)))
    (local.get $at))

  (func (export "report") (result i32)
    (local $n i32) (local $sum i32) (local $at i32)
    (loop $samples
      (local.set $sum (i32.add (local.get $sum) (call $read)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $samples (i32.lt_u (local.get $n) (i32.const 8))))
    (call $write (i32.const 0) (i32.const 11))
    (local.set $at (call $decimal (i32.shr_u (local.get $sum) (i32.const 3))))
    (call $write (local.get $at) (i32.sub (i32.const 26) (local.get $at)))
    (local.get $sum))

  (func (export "divide") (param i32 i32) (result i32)
    (i32.div_s (local.get 0) (local.get 1)))

  (func (export "runaway")
    (loop $again (br $again)))

  (func $fib (export "fib") (param $n i32) (result i32)
    (if (result i32) (i32.lt_s (local.get $n) (i32.const 2))
      (then (local.get $n))
      (else
        (i32.add
          (call $fib (i32.sub (local.get $n) (i32.const 1)))
          (call $fib (i32.sub (local.get $n) (i32.const 2))))))))
