//! Strings: CommonMark to HTML.

use pulldown_cmark::{Parser, html};
use support::{Input, Random, checksum, prose};

static TEXT: Input<String> = Input::new();

/// Makes about `len` bytes of a document.
#[unsafe(no_mangle)]
pub extern "C" fn setup(len: i32) {
    let mut random = Random::new(7);
    let mut text = String::new();
    while text.len() < len as usize {
        let words = prose(60, &mut random).replace('\n', " ");
        match random.below(6) {
            0 => text += &format!("\n## {words}\n\n"),
            1 => text += &format!("* **{words}**\n* [link]({}) and *{words}*\n", words.len()),
            2 => text += &format!("\n> {words}\n> `code {words}`\n\n"),
            3 => text += &format!("\n```\n{words}\n    indented\n```\n\n"),
            4 => text += &format!("1. {words} &amp; <b>{words}</b>\n2. {words}\n\n"),
            _ => text += &prose(400, &mut random),
        }
    }
    TEXT.set(text);
}

/// Renders it `times` times.
#[unsafe(no_mangle)]
pub extern "C" fn run(times: i32) -> i64 {
    let mut sum = 0i64;
    for _ in 0..times {
        let mut out = String::new();
        html::push_html(&mut out, Parser::new(TEXT.get()));
        sum = sum.wrapping_mul(31).wrapping_add(checksum(out.as_bytes()));
    }
    sum
}
