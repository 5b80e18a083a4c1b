//! Regular expressions over prose with a lazily built automaton: literals, classes, alternations, replacement.

use regex_automata::hybrid::regex::Regex;
use regex_automata::util::syntax;
use support::{Input, Random, checksum, prose};

struct Search {
    text: String,
    patterns: Vec<Regex>,
}

static SEARCH: Input<Search> = Input::new();

/// Makes `len` bytes of prose and compiles the expressions.
#[unsafe(no_mangle)]
pub extern "C" fn setup(len: i32) {
    let patterns = [
        r"[a-q][^u-z]{5}x",
        r"(?i:Sailor|Island|fantail)",
        r"\b\w+ing\b",
        r"\s[a-z]{2,4}\sthe",
        r"[A-Z][a-z]+[, ]+[a-z]+\.",
        r"(?m)^.{16,40}$",
    ];
    let ascii = syntax::Config::new().unicode(false).utf8(false);
    let compile = |pattern| Regex::builder().syntax(ascii).build(pattern).expect("valid");
    let patterns = patterns.into_iter().map(compile).collect();
    SEARCH.set(Search { text: prose(len as usize, &mut Random::new(6)), patterns });
}

/// Counts all matches, then cuts some of them out, `times` times.
#[unsafe(no_mangle)]
pub extern "C" fn run(times: i32) -> i64 {
    let Search { text, patterns } = SEARCH.get();
    let mut sum = 0i64;
    for _ in 0..times {
        for pattern in patterns {
            let mut cache = pattern.create_cache();
            sum = sum.wrapping_mul(31).wrapping_add(pattern.find_iter(&mut cache, text).count() as i64);
        }
        let mut rest = String::new();
        let mut end = 0;
        for found in patterns[2].find_iter(&mut patterns[2].create_cache(), text) {
            rest.push_str(&text[end..found.start()]);
            end = found.end();
        }
        sum = sum.wrapping_mul(31).wrapping_add(checksum(rest.as_bytes()));
    }
    sum
}
