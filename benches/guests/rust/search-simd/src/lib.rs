//! Strings: bytes, substrings and sets of words found in prose.

use aho_corasick::AhoCorasick;
use memchr::{memchr_iter, memchr3_iter, memmem};
use support::{Input, Random, prose};

struct Search {
    text: String,
    words: AhoCorasick,
}

static SEARCH: Input<Search> = Input::new();

/// Makes `len` bytes of prose and an automaton of words.
#[unsafe(no_mangle)]
pub extern "C" fn setup(len: i32) {
    let words = ["whale", "lantern", "sailors", "fan", "tailor", "nought", "memory ", "island, "];
    let words = AhoCorasick::new(words).expect("few words");
    SEARCH.set(Search { text: prose(len as usize, &mut Random::new(8)), words });
}

/// Searches `times` times.
#[unsafe(no_mangle)]
pub extern "C" fn run(times: i32) -> i64 {
    let Search { text, words } = SEARCH.get();
    let bytes = text.as_bytes();
    let mut sum = 0i64;
    for _ in 0..times {
        let counts = [
            memchr_iter(b'.', bytes).count(),
            memchr3_iter(b'q', b'F', b'\n', bytes).count(),
            memmem::find_iter(bytes, "compass").count(),
            memmem::find_iter(bytes, "hundred").count(),
            words.find_iter(text).map(|found| found.pattern().as_usize() + 1).sum(),
        ];
        sum = counts.iter().fold(sum, |sum, &count| sum.wrapping_mul(31).wrapping_add(count as i64));
    }
    sum
}
