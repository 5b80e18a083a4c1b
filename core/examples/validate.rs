//! Times decoding and validation of a module: `cargo run --release --example validate -- FILE`.

use fantail_core::instr::Instr;
use fantail_core::module::{Module, Reader};
use fantail_core::types::TypeStore;
use fantail_core::{Error, Features};
use std::time::{Duration, Instant};

const ROUNDS: u32 = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: validate FILE")?;
    let bytes = std::fs::read(&file)?;
    let features = Features::all();
    let (decode, module) = fastest(|| Module::decode(&bytes, &features, &mut TypeStore::new()))?;
    let (validate, ()) = fastest(|| module.validate_bodies(&bytes))?;
    let (skip, instrs) = fastest(|| count(&module, &bytes))?;
    let per = |time: Duration, count: usize| time.as_secs_f64() * 1e9 / count as f64;
    println!("{file}: {} bytes, {} functions, {instrs} instructions", bytes.len(), module.bodies.len());
    println!("decode    {decode:>10.2?}");
    println!("validate  {validate:>10.2?}  {:.2} ns per instruction", per(validate, instrs));
    println!("skip      {skip:>10.2?}  {:.2} ns per instruction", per(skip, instrs));
    println!(
        "total     {:>10.2?}  {:.2} ns per byte",
        decode + validate,
        per(decode + validate, bytes.len())
    );
    Ok(())
}

/// The shortest time of several rounds, and the result of the last.
fn fastest<T>(mut run: impl FnMut() -> Result<T, Error>) -> Result<(Duration, T), Error> {
    let mut best = Duration::MAX;
    let mut last = None;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let value = run()?;
        best = best.min(start.elapsed());
        last = Some(value);
    }
    Ok((best, last.expect("at least one round")))
}

/// Decodes all bodies without validating them.
fn count(module: &Module, bytes: &[u8]) -> Result<usize, Error> {
    let mut count = 0;
    for body in &module.bodies {
        let mut reader = Reader::new(bytes, body.range.clone());
        reader.local_decls()?.try_for_each(|decl| decl.map(drop))?;
        while !reader.is_empty() {
            let instr: Instr = reader.instr()?;
            reader.skip_immediates(instr)?;
            count += 1;
        }
    }
    Ok(count)
}
