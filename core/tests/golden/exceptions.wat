;; Handlers stand beside the code, which has no op for the entry of a `try_table`. Payloads go straight to where the label
;; takes its values.
(module
  (tag $none)
  (tag $pair (param i32 i64))
  (func $may_throw (import "host" "may_throw") (param i32) (result i32))

  ;; The operands of `throw` are put into their homes.
  (func $throw (param i32)
    local.get 0
    i64.const 7
    throw $pair)

  ;; A clause whose label is the end of an outer block, with an operand of the block around it below.
  (func $catch (param i32) (result i64) (local i64)
    i64.const 1
    block $h (result i32 i64)
      try_table (catch $pair $h)
        local.get 0
        call $may_throw
        local.set 0
      end
      local.get 0
      i64.const 3
    end
    local.set 1
    drop
    local.get 1
    i64.add)

  ;; The reference follows the payload; `throw_ref` takes it from there.
  (func $again (param i32)
    block $all (result exnref)
      block $h (result i32 i64 exnref)
        try_table (catch_ref $pair $h) (catch_all_ref $all)
          local.get 0
          call $may_throw
          drop
        end
        return
      end
      throw_ref
    end
    throw_ref)

  ;; A label of the function itself: the payload is returned.
  (func $to_the_end (param i32) (result i32 i64)
    try_table (result i32 i64) (catch $pair 0)
      local.get 0
      call $may_throw
      i64.const 5
    end)

  ;; A label of a loop, nested bodies, and the pinned local, which is loaded again where the exception is caught.
  (func $retry (param i32)
    loop $again
      try_table (catch_all $again)
        block $inner
          try_table (catch $none $inner)
            local.get 0
            call $may_throw
            local.set 0
          end
        end
        local.get 0
        call $may_throw
        drop
        local.get 0
        br_if $again
      end
    end)

  ;; The legacy forms: the bodies are targets, with a cell for the exception below the payload.
  (func $legacy (param i32) (result i32)
    try (result i32)
      local.get 0
      call $may_throw
    catch $pair
      drop
    catch_all
      try
        local.get 0
        call $may_throw
        drop
      delegate 0
      rethrow 0
    end)

  ;; The handlers of the inner `try` around the delegating one are passed over.
  (func $delegate (param i32)
    try $outer
      try
        try
          local.get 0
          call $may_throw
          drop
        delegate $outer
      catch $pair
        drop
        drop
      end
    catch $none
    end))
