;; metered: fuel is charged by segments, each at its first instruction that costs anything; functions and loops look at the
;; epoch.
(module
    (func $nothing)
    (func (param i32) (result i32)
        (local i32)
        (block $out
            (loop $next
                (loop $inner
                    (br_if $out (i32.eqz (local.get 0)))
                    (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                    (br_if $inner (i32.and (local.get 0) (i32.const 1))))
                (local.set 1 (i32.add (local.get 1) (local.get 0)))
                (br $next)))
        (if (result i32) (i32.gt_u (local.get 1) (i32.const 9))
            (then (call $nothing) (local.get 1))
            (else (i32.const 2)))))
