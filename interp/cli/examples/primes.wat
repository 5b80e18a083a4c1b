;; Prints the prime numbers below 100.
;;
;;     fantail interp/cli/examples/primes.wat
;;     fantail --invoke is_prime interp/cli/examples/primes.wat 65537
(module $primes
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $count i32) (param $written i32) (result i32)))

  ;; 0: the region to be written (address, size); 8: how much was written; 16: the text.
  (memory (export "memory") 1)
  (global $end (mut i32) (i32.const 16))

  (func $is_prime (export "is_prime") (param $n i32) (result i32)
    (local $divisor i32)
    (if (i32.lt_u (local.get $n) (i32.const 2)) (then (return (i32.const 0))))
    (local.set $divisor (i32.const 2))
    (loop $next
      (if (i32.gt_u (i32.mul (local.get $divisor) (local.get $divisor)) (local.get $n))
        (then (return (i32.const 1))))
      (if (i32.eqz (i32.rem_u (local.get $n) (local.get $divisor)))
        (then (return (i32.const 0))))
      (local.set $divisor (i32.add (local.get $divisor) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; Appends a character to the text.
  (func $put (param $char i32)
    (i32.store8 (global.get $end) (local.get $char))
    (global.set $end (i32.add (global.get $end) (i32.const 1))))

  ;; Appends a number to the text, in decimal.
  (func $put_number (param $n i32)
    (if (i32.ge_u (local.get $n) (i32.const 10))
      (then (call $put_number (i32.div_u (local.get $n) (i32.const 10)))))
    (call $put (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10)))))

  (func (export "_start")
    (local $n i32)
    (loop $next
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (if (call $is_prime (local.get $n))
        (then
          (if (i32.gt_u (local.get $n) (i32.const 2)) (then (call $put (i32.const 32))))
          (call $put_number (local.get $n))))
      (br_if $next (i32.lt_u (local.get $n) (i32.const 100))))
    (call $put (i32.const 10))
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.sub (global.get $end) (i32.const 16)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
