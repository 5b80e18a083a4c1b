;; Loops that fill or copy byte by byte, of which all but the first iteration is done at once where no byte traps.
(module
  (memory (export "memory") 1 1)
  (func $fill (export "fill") (param $to i32) (param $value i32) (param $n i32)
    (loop
      (i32.store8
        (i32.add (local.get $to) (local.tee $n (i32.add (local.get $n) (i32.const -1))))
        (local.get $value))
      (br_if 0 (local.get $n))))
  (func (export "fill at offset") (param $to i32) (param $n i32) (result i32)
    (loop
      (i32.store8 offset=8
        (i32.add (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (local.get $to))
        (i32.const -2))
      (br_if 0 (local.get $n)))
    (local.get $n))
  (func (export "copy") (param $to i32) (param $from i32) (param $n i32) (result i32) (local $i i32)
    (loop
      (i32.store8
        (i32.add (local.get $to) (local.get $i))
        (i32.load8_u (i32.add (local.get $from) (local.get $i))))
      (br_if 0 (i32.ne (local.get $n) (local.tee $i (i32.add (local.get $i) (i32.const 1))))))
    (local.get $i))
  (func (export "copy by") (param $to i32) (param $from i32) (param $n i32) (param $step i32) (result i32) (local $i i32)
    (loop
      (i32.store8
        (i32.add (local.get $to) (local.get $i))
        (i32.load8_u (i32.add (local.get $from) (local.get $i))))
      (br_if 0 (i32.ne (local.get $n) (local.tee $i (i32.add (local.get $i) (local.get $step))))))
    (local.get $i))
  ;; The condition comes first, and the step may be negative.
  (func (export "copy while") (param $to i32) (param $from i32) (param $i i32) (param $end i32) (param $step i32) (result i32)
    (loop
      (if (i32.ne (local.get $i) (local.get $end))
        (then
          (i32.store8
            (i32.add (local.get $to) (local.get $i))
            (i32.load8_u (i32.add (local.get $from) (local.get $i))))
          (local.set $i (i32.add (local.get $i) (local.get $step)))
          (br 1))))
    (local.get $i))
  (func (export "fill while") (param $to i32) (param $value i32) (param $n i32) (result i32)
    (block
      (loop
        (br_if 1 (i32.eqz (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (i32.store8 (i32.add (local.get $to) (local.get $n)) (local.get $value))
        (br 0)))
    (local.get $n))
  (func (export "clear") (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)))
  ;; Numbers from 1 to 250 at 1000 and after.
  (func (export "count") (local $i i32)
    (loop
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (i32.store8 offset=999 (local.get $i) (local.get $i))
      (br_if 0 (i32.ne (local.get $i) (i32.const 250)))))
  ;; A sum in which the place of each byte counts.
  (func (export "sum") (param $from i32) (param $n i32) (result i32) (local $sum i32)
    (loop
      (local.set $sum (i32.add
        (i32.mul (local.get $sum) (i32.const 31)) (i32.load8_u (local.get $from))))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "byte") (param i32) (result i32) (i32.load8_u (local.get 0))))

;; Short, long, and up to the last byte.
(assert_return (invoke "fill" (i32.const 10) (i32.const 7) (i32.const 1)))
(assert_return (invoke "byte" (i32.const 10)) (i32.const 7))
(assert_return (invoke "byte" (i32.const 11)) (i32.const 0))
(assert_return (invoke "fill" (i32.const 20) (i32.const 0x109) (i32.const 100)))
(assert_return (invoke "byte" (i32.const 19)) (i32.const 0))
(assert_return (invoke "byte" (i32.const 20)) (i32.const 9))
(assert_return (invoke "byte" (i32.const 119)) (i32.const 9))
(assert_return (invoke "byte" (i32.const 120)) (i32.const 0))
(assert_return (invoke "fill" (i32.const 65436) (i32.const 5) (i32.const 100)))
(assert_return (invoke "byte" (i32.const 65435)) (i32.const 0))
(assert_return (invoke "byte" (i32.const 65535)) (i32.const 5))
(assert_return (invoke "fill at offset" (i32.const 992) (i32.const 50)) (i32.const 0))
(assert_return (invoke "byte" (i32.const 999)) (i32.const 0))
(assert_return (invoke "byte" (i32.const 1000)) (i32.const 254))
(assert_return (invoke "byte" (i32.const 1049)) (i32.const 254))
(assert_return (invoke "byte" (i32.const 1050)) (i32.const 0))

;; The last byte is written first, and is outside.
(assert_return (invoke "clear"))
(assert_trap (invoke "fill" (i32.const 65500) (i32.const 5) (i32.const 37)) "out of bounds memory access")
(assert_return (invoke "byte" (i32.const 65535)) (i32.const 0))
;; Addresses wrap around, so the first bytes that are written are those at 0 and after.
(assert_trap (invoke "fill" (i32.const -20) (i32.const 5) (i32.const 60)) "out of bounds memory access")
(assert_return (invoke "byte" (i32.const 39)) (i32.const 5))
(assert_return (invoke "byte" (i32.const 0)) (i32.const 5))
(assert_return (invoke "byte" (i32.const 40)) (i32.const 0))

(assert_return (invoke "clear"))
(assert_return (invoke "count"))
(assert_return (invoke "sum" (i32.const 1000) (i32.const 250)) (i32.const 0x3dfff81d))
(assert_return (invoke "copy" (i32.const 2000) (i32.const 1000) (i32.const 250)) (i32.const 250))
(assert_return (invoke "sum" (i32.const 2000) (i32.const 250)) (i32.const 0x3dfff81d))
(assert_return (invoke "byte" (i32.const 2250)) (i32.const 0))
;; Upwards over what is still to be read: the first ten bytes repeat.
(assert_return (invoke "copy" (i32.const 1010) (i32.const 1000) (i32.const 100)) (i32.const 100))
(assert_return (invoke "byte" (i32.const 1105)) (i32.const 6))
(assert_return (invoke "byte" (i32.const 1110)) (i32.const 111))
;; Downwards: all bytes are read before they are written.
(assert_return (invoke "copy" (i32.const 1990) (i32.const 2000) (i32.const 250)) (i32.const 250))
(assert_return (invoke "sum" (i32.const 1990) (i32.const 250)) (i32.const 0x3dfff81d))
;; What comes before the byte outside is copied.
(assert_trap (invoke "copy" (i32.const 65500) (i32.const 1990) (i32.const 100)) "out of bounds memory access")
(assert_return (invoke "byte" (i32.const 65500)) (i32.const 1))
(assert_return (invoke "byte" (i32.const 65535)) (i32.const 36))
;; By a step that is a local: of one, and of two, which leaves every other byte.
(assert_return (invoke "clear"))
(assert_return (invoke "count"))
(assert_return (invoke "copy by" (i32.const 2000) (i32.const 1000) (i32.const 250) (i32.const 1)) (i32.const 250))
(assert_return (invoke "sum" (i32.const 2000) (i32.const 250)) (i32.const 0x3dfff81d))
(assert_return (invoke "copy by" (i32.const 3000) (i32.const 1000) (i32.const 250) (i32.const 2)) (i32.const 250))
(assert_return (invoke "byte" (i32.const 3100)) (i32.const 101))
(assert_return (invoke "byte" (i32.const 3101)) (i32.const 0))

;; The condition comes first: nothing is copied when there is nothing to copy.
(assert_return (invoke "clear"))
(assert_return (invoke "count"))
(assert_return
  (invoke "copy while" (i32.const 2000) (i32.const 1000) (i32.const 5) (i32.const 5) (i32.const 1)) (i32.const 5))
(assert_return (invoke "byte" (i32.const 2005)) (i32.const 0))
(assert_return
  (invoke "copy while" (i32.const 2000) (i32.const 1000) (i32.const 0) (i32.const 250) (i32.const 1)) (i32.const 250))
(assert_return (invoke "sum" (i32.const 2000) (i32.const 250)) (i32.const 0x3dfff81d))
(assert_return (invoke "byte" (i32.const 2250)) (i32.const 0))
;; From the last byte to the first: to elsewhere, to 10 bytes further on, to 10 bytes before, where bytes repeat.
(assert_return
  (invoke "copy while" (i32.const 3000) (i32.const 1000) (i32.const 249) (i32.const -1) (i32.const -1)) (i32.const -1))
(assert_return (invoke "sum" (i32.const 3000) (i32.const 250)) (i32.const 0x3dfff81d))
(assert_return (invoke "byte" (i32.const 2999)) (i32.const 0))
(assert_return
  (invoke "copy while" (i32.const 3010) (i32.const 3000) (i32.const 249) (i32.const -1) (i32.const -1)) (i32.const -1))
(assert_return (invoke "sum" (i32.const 3010) (i32.const 250)) (i32.const 0x3dfff81d))
(assert_return
  (invoke "copy while" (i32.const 1990) (i32.const 2000) (i32.const 99) (i32.const -1) (i32.const -1)) (i32.const -1))
(assert_return (invoke "byte" (i32.const 2089)) (i32.const 100))
(assert_return (invoke "byte" (i32.const 2080)) (i32.const 91))
(assert_return (invoke "byte" (i32.const 2079)) (i32.const 100))
(assert_return (invoke "byte" (i32.const 1990)) (i32.const 91))
;; Downwards from outside nothing is copied; downwards to outside, across address 0, what comes before is.
(assert_return (invoke "clear"))
(assert_return (invoke "count"))
(assert_trap
  (invoke "copy while" (i32.const 65500) (i32.const 1000) (i32.const 99) (i32.const -1) (i32.const -1))
  "out of bounds memory access")
(assert_return (invoke "byte" (i32.const 65500)) (i32.const 0))
(assert_trap
  (invoke "copy while" (i32.const 0) (i32.const 1000) (i32.const 49) (i32.const -51) (i32.const -1))
  "out of bounds memory access")
(assert_return (invoke "byte" (i32.const 0)) (i32.const 1))
(assert_return (invoke "byte" (i32.const 49)) (i32.const 50))
(assert_return (invoke "clear"))
(assert_return (invoke "fill while" (i32.const 100) (i32.const 7) (i32.const 0)) (i32.const 0))
(assert_return (invoke "byte" (i32.const 100)) (i32.const 0))
(assert_return (invoke "fill while" (i32.const 100) (i32.const 7) (i32.const 100)) (i32.const 0))
(assert_return (invoke "byte" (i32.const 99)) (i32.const 0))
(assert_return (invoke "byte" (i32.const 100)) (i32.const 7))
(assert_return (invoke "byte" (i32.const 199)) (i32.const 7))
(assert_return (invoke "byte" (i32.const 200)) (i32.const 0))
