//! JSON: records are written as text, read back both as a typed list and as a tree, and written again.

use serde::{Deserialize, Serialize};
use support::{Input, Random, checksum, prose};

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Record {
    id: u64,
    name: String,
    score: f64,
    tags: Vec<String>,
    parent: Option<u64>,
    active: bool,
}

static TEXT: Input<String> = Input::new();

/// Makes `count` records.
#[unsafe(no_mangle)]
pub extern "C" fn setup(count: i32) {
    let mut random = Random::new(5);
    let records: Vec<Record> = (0..count as u64)
        .map(|id| Record {
            id,
            name: prose(24, &mut random),
            score: random.below(200_000) as f64 / 64.0 - 1000.0,
            tags: (0..random.below(4)).map(|_| prose(6, &mut random)).collect(),
            parent: (random.below(3) > 0).then(|| random.next() >> 40),
            active: random.below(2) == 1,
        })
        .collect();
    TEXT.set(serde_json::to_string(&records).expect("serializable"));
}

/// Reads and writes them `times` times.
#[unsafe(no_mangle)]
pub extern "C" fn run(times: i32) -> i64 {
    let mut sum = 0i64;
    for _ in 0..times {
        let records: Vec<Record> = serde_json::from_str(TEXT.get()).expect("our own text");
        let tree: serde_json::Value = serde_json::from_str(TEXT.get()).expect("our own text");
        let (first, second) = (serde_json::to_string(&records), serde_json::to_string_pretty(&tree));
        let (first, second) = (first.expect("serializable"), second.expect("serializable"));
        assert!(&first == TEXT.get());
        sum = sum.wrapping_mul(31).wrapping_add(checksum(second.as_bytes()));
    }
    sum
}
