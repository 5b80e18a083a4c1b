//! Several scripts at a time.
//!
//! Invariant: every script gets exactly one report, in the order of the scripts, even if the engine panics or hangs on it.

use super::{Options, Report, Script};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Scripts nest, and so do their parser's calls.
const STACK_SIZE: usize = 64 << 20;

/// Runs all scripts and tells `each` of every report as soon as those before it are there.
pub fn run_all(scripts: Vec<Script>, options: Options, mut each: impl FnMut(Report)) {
    let next = AtomicUsize::new(0);
    let (sender, reports) = mpsc::channel::<(usize, Report)>();
    thread::scope(|scope| {
        for _ in 0..options.jobs.clamp(1, scripts.len().max(1)) {
            let (sender, next, scripts) = (sender.clone(), &next, &scripts);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(script) = scripts.get(index) else {
                        return;
                    };
                    if sender.send((index, guarded(script, options))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting: Vec<Option<Report>> = scripts.iter().map(|_| None).collect();
        let mut told = 0;
        for (index, report) in reports {
            waiting[index] = Some(report);
            while let Some(report) = waiting.get_mut(told).and_then(Option::take) {
                each(report);
                told += 1;
            }
        }
    });
}

/// Runs a script on a thread of its own, and gives it up when it takes too long.
fn guarded(script: &Script, options: Options) -> Report {
    let (sender, report) = mpsc::channel();
    let own = script.clone();
    let thread = thread::Builder::new().name(script.name.clone()).stack_size(STACK_SIZE).spawn(move || {
        let name = own.name.clone();
        let report = catch_unwind(AssertUnwindSafe(|| own.run(options.mode)))
            .unwrap_or_else(|panic| Report::failed(name, format!("panicked: {}", message(&*panic))));
        // Nobody listens after the time is up.
        let _ = sender.send(report);
    });
    match thread {
        // The thread is not joined: one that hangs ends with the process.
        Ok(_) => report.recv_timeout(options.timeout).unwrap_or_else(|_| {
            Report::failed(script.name.clone(), format!("did not end within {} s", options.timeout.as_secs()))
        }),
        Err(error) => Report::failed(script.name.clone(), format!("cannot start a thread: {error}")),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn reports_come_in_order_and_a_script_without_end_is_given_up() {
        let endless = "(module (func (export \"f\") (loop (br 0)))) (invoke \"f\")";
        let scripts = vec![
            Script::new("endless.wast", endless),
            Script::new("empty.wast", "(module)"),
            Script::new("bad.wast", "(module"),
        ];
        let options = Options { timeout: Duration::from_secs(1), jobs: 2, ..Options::default() };
        let mut reports = Vec::new();
        run_all(scripts, options, |report| reports.push(report));
        let names: Vec<_> = reports.iter().map(|report| report.name.as_str()).collect();
        assert_eq!(names, ["endless.wast", "empty.wast", "bad.wast"]);
        assert_eq!(reports[0].failures[0].text, "did not end within 1 s");
        assert_eq!((reports[1].passed, reports[1].failures.len()), (1, 0));
        assert_eq!(reports[2].failures.len(), 1);
    }
}
