//! What is said of the directives of a script that fail, each with its line.

use fantail_cli::wast::{Expected, Options, Script, Totals, run_all};

/// The report of a script, all failures included.
fn report(name: &str, text: &str) -> String {
    let mut reports = String::new();
    run_all(vec![Script::new(name, text)], Options::default(), |report| {
        reports += &Totals::default().add(&report, &Expected::default(), 100);
    });
    reports
}

#[test]
fn each_directive_says_how_it_failed() {
    let script = r#"(assert_return (invoke "f"))
        (module (func (export "f") (param i32) (result i32) local.get 0) (global (export "g") i32 (i32.const 1)))
        (invoke "h")
        (invoke $m "f" (i32.const 1))
        (assert_return (get "f") (i32.const 1))
        (assert_return (invoke "f" (str.const "x")) (i32.const 1))
        (assert_return (invoke "f" (i32.const 1)) (str.const "x"))
        (assert_return (invoke "f" (i32.const 1)) (i64.const 1))
        (assert_return (invoke "f" (ref.null (shared any))) (i32.const 1))
        (assert_return (invoke "f" (ref.null cont)) (i32.const 1))
        (module instance $i $nothing)
        (wait $t)
        (thread $t)
        (thread $t)
        (wait $t)
        (assert_trap (invoke "f" (i32.const 1)) "unreachable")
        (assert_exception (invoke "f" (i32.const 1)))
        (assert_unlinkable (module) "unknown import")
        (assert_invalid (module) "type mismatch")
        (assert_malformed (module quote "(module)") "unexpected token")
        (assert_unlinkable (module (func (result i32))) "unknown import")
        (assert_unlinkable (module (func $f unreachable) (start $f)) "unknown import")
        (assert_suspension (invoke "f" (i32.const 1)) "x")
        (module (import "a" "b" (func)))
        (module (func $f unreachable) (start $f))
        (module (func (export "div") (result i32) (i32.div_s (i32.const 1) (i32.const 0)))
            (tag $t) (func (export "throw") (throw $t)))
        (assert_trap (invoke "div") "unreachable")
        (assert_trap (invoke "throw") "unreachable")
        (assert_exception (invoke "div"))
        (invoke "div" (i32.const 1))"#;
    let told = report("script", script);
    assert_eq!(
        told.lines().collect::<Vec<_>>(),
        [
            "FAILED  script: 4 passed, 25 failed, 1 skipped (stack switching is not supported)",
            "    script:1: expected results, got an error: there is no instance: no module is before, or it failed",
            "    script:3: there is no function \"h\"",
            "    script:4: there is no instance $m",
            "    script:5: expected results, got an error: there is no global \"f\"",
            "    script:6: expected results, got an error: a component's value is none of a module",
            "    script:7: expected a component value, got (i32.const 1)",
            "    script:8: expected (i64.const 1), got (i32.const 1)",
            "    script:9: expected results, got an error: values of shared or concrete types are not supported",
            "    script:10: expected results, got an error: values of continuation types are not supported",
            "    script:11: there is no module definition $nothing",
            "    script:12: there is no thread $t",
            "    script:14: there is a thread of this name that nobody has waited for",
            "    script:16: expected the trap \"unreachable\", got a result",
            "    script:17: expected an exception, got a result",
            "    script:18: expected no instance (unknown import), got one",
            "    script:19: expected a module that is invalid (type mismatch), got a valid one",
            "    script:20: expected a module that is malformed (unexpected token), got a valid one",
            "    script:21: expected a module that cannot be linked, got: type mismatch: expected i32, found nothing \
             on the stack (at offset 0x18, in function 0)",
            "    script:22: expected an error of linking (unknown import), got a trap: unreachable",
            "    script:24: unknown import: `a::b` has not been defined: expected (func)",
            "    script:25: unreachable",
            "    script:28: expected the trap \"unreachable\", got the trap \"integer divide by zero\"",
            "    script:29: expected the trap \"unreachable\", got an error: uncaught exception",
            "    script:30: expected an exception, got an error: integer divide by zero",
            "    script:31: expected 0 arguments, got 1",
        ]
    );
}
