//! Memory: words counted in a hash map and in a tree, with allocation of every key.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher};
use support::{Input, Random, prose};

static TEXT: Input<String> = Input::new();

/// Makes `len` bytes of prose.
#[unsafe(no_mangle)]
pub extern "C" fn setup(len: i32) {
    TEXT.set(prose(len as usize, &mut Random::new(12)));
}

/// Counts pairs of words in both maps, `times` times.
#[unsafe(no_mangle)]
pub extern "C" fn run(times: i32) -> i64 {
    let mut sum = 0i64;
    for _ in 0..times {
        let mut table: HashMap<String, u32, BuildHasherDefault<DefaultHasher>> = HashMap::default();
        let mut tree: BTreeMap<String, u32> = BTreeMap::new();
        let mut last = "";
        for word in TEXT.get().split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
            let pair = [last, word].join(" ");
            *table.entry(pair.clone()).or_default() += 1;
            *tree.entry(pair).or_default() += 1;
            last = word;
        }
        assert!(tree.len() == table.len());
        for (place, (pair, count)) in tree.iter().enumerate() {
            assert!(table.remove(pair) == Some(*count));
            sum = sum.wrapping_mul(31).wrapping_add((place * pair.len()) as i64 ^ i64::from(*count));
        }
    }
    sum
}
