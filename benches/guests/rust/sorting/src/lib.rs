//! Sorting: integers, records and strings, stable and unstable, and a heap.

use std::collections::BinaryHeap;
use support::{Input, Random, prose};

struct Data {
    numbers: Vec<u64>,
    words: Vec<String>,
}

static DATA: Input<Data> = Input::new();

/// Makes `count` numbers and an eighth as many strings.
#[unsafe(no_mangle)]
pub extern "C" fn setup(count: i32) {
    let mut random = Random::new(13);
    DATA.set(Data {
        numbers: (0..count).map(|_| random.next() >> 20).collect(),
        words: (0..count / 8).map(|_| prose(20, &mut random)).collect(),
    });
}

/// Sorts them `times` times.
#[unsafe(no_mangle)]
pub extern "C" fn run(times: i32) -> i64 {
    let Data { numbers, words } = DATA.get();
    let mut sum = 0u64;
    for _ in 0..times {
        let mut unstable = numbers.clone();
        unstable.sort_unstable();
        let mut records: Vec<(u32, u64)> =
            numbers.iter().map(|&number| (number as u32 & 0xff, number)).collect();
        records.sort_by_key(|record| record.0);
        let mut strings: Vec<&str> = words.iter().map(String::as_str).collect();
        strings.sort();
        let mut heap: BinaryHeap<u64> = numbers.iter().copied().collect();
        let middle = numbers.len() / 2;
        for _ in 0..middle {
            heap.pop();
        }
        sum = sum
            .wrapping_mul(31)
            .wrapping_add(unstable[middle])
            .wrapping_add(records[middle].1)
            .wrapping_add(strings[strings.len() / 2].len() as u64)
            .wrapping_add(heap.pop().unwrap_or(0));
    }
    sum as i64
}
