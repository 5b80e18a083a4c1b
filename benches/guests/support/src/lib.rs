//! What the guests share: reproducible input, a place to keep it between `setup` and `run`, and a checksum.

use std::sync::OnceLock;

/// Input that `setup` makes and every `run` reads.
pub struct Input<T>(OnceLock<T>);

impl<T> Input<T> {
    /// An input that `setup` has yet to make.
    pub const fn new() -> Self {
        Input(OnceLock::new())
    }

    /// Keeps `value`, if it is the first one.
    pub fn set(&self, value: T) {
        self.0.get_or_init(|| value);
    }

    /// The input.
    pub fn get(&self) -> &T {
        self.0.get().expect("setup comes first")
    }
}

/// A xorshift generator: the same numbers everywhere.
pub struct Random(u64);

impl Random {
    /// A generator with a seed of the caller's choice.
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound
    }

    /// A number in `-1.0..1.0`.
    pub fn signed_unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

const WORDS: [&str; 64] = [
    "the", "of", "and", "to", "a", "in", "that", "it", "was", "for", "with", "his", "on", "be", "at", "by",
    "had", "not", "are", "but", "from", "or", "have", "an", "they", "which", "one", "you", "were", "her",
    "all", "she", "machine", "register", "whale", "ocean", "harbour", "lantern", "question", "winter",
    "letter", "garden", "mountain", "station", "measure", "quiet", "silver", "paper", "engine", "river",
    "number", "memory", "table", "function", "sailor", "island", "compass", "thousand", "history", "window",
    "morning", "evening", "fantail", "signal",
];

/// About `len` bytes of sentences and paragraphs, with frequent words more frequent.
pub fn prose(len: usize, random: &mut Random) -> String {
    let mut text = String::with_capacity(len + 64);
    let mut sentence = 0;
    while text.len() < len {
        let word = WORDS[random.below(WORDS.len()).min(random.below(WORDS.len()))];
        if sentence == 0 {
            text.extend(word[..1].chars().map(|c| c.to_ascii_uppercase()));
            text.push_str(&word[1..]);
        } else {
            text.push_str(word);
        }
        sentence += 1;
        match random.below(12) {
            0 if sentence > 4 => {
                text.push_str(if random.below(5) == 0 { ".\n\n" } else { ". " });
                sentence = 0;
            }
            1 => text.push_str(", "),
            _ => text.push(' '),
        }
    }
    text
}

/// A 64-bit FNV-1a checksum.
pub fn checksum(bytes: &[u8]) -> i64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        .cast_signed()
}
