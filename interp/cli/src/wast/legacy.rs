//! Folded `try` of the legacy exception handling proposal, which the parser of scripts knows in its plain form only.
//!
//! ```text
//! (try $l (result i32) (do (call $f)) (catch $e (drop)))      as in the suite's folder `legacy`
//!  try $l (result i32)     (call $f)   catch $e (drop)  end   what it abbreviates
//! ```
//!
//! Invariant: nothing but such a `try` is changed, no line moves, and text that is no script stays none.
//!
//! Spec: legacy exception handling proposal, text format.

/// A list that is open at some place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    /// A folded `try`, and whether it ends with `delegate`, which stands for its `end`.
    Try {
        delegates: bool,
    },
    /// `do`, `catch`, `catch_all` or `delegate` in one.
    Part,
    Other,
}

/// `text` with every folded `try` in its plain form.
pub(super) fn unfold_try(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let token = &rest[..token_len(rest)];
        rest = &rest[token.len()..];
        match first {
            '(' if token.len() == 1 => {
                let keyword = &rest[..word_len(rest)];
                let list = match (keyword, open.last()) {
                    ("try", _) => List::Try { delegates: false },
                    ("do" | "catch" | "catch_all" | "delegate", Some(List::Try { .. })) => List::Part,
                    _ => List::Other,
                };
                if let (List::Part, "delegate", Some(List::Try { delegates })) =
                    (list, keyword, open.last_mut())
                {
                    *delegates = true;
                }
                out.push(if list == List::Other { '(' } else { ' ' });
                if list == List::Part && keyword == "do" {
                    out.push(' ');
                } else {
                    out.push_str(keyword);
                }
                rest = &rest[keyword.len()..];
                open.push(list);
            }
            ')' => match open.pop() {
                Some(List::Part | List::Try { delegates: true }) => out.push(' '),
                Some(List::Try { delegates: false }) => out.push_str(" end "),
                Some(List::Other) | None => out.push(')'),
            },
            _ => out.push_str(token),
        }
    }
    out
}

/// Length of the token, comment or character that `text`, which is not empty, begins with.
fn token_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes {
        [b';', b';', ..] => text.find('\n').unwrap_or(text.len()),
        [b'(', b';', ..] => comment_len(bytes),
        [b'"', ..] => {
            let mut at = 1;
            while at < bytes.len() && bytes[at] != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            // An escape may be cut off at the end, and may stand before a character of several bytes.
            (at + 1..text.len()).find(|&end| text.is_char_boundary(end)).unwrap_or(text.len())
        }
        _ => match word_len(text) {
            0 => text.chars().next().map_or(1, char::len_utf8),
            word => word,
        },
    }
}

/// Length of the block comment that `bytes` begin with. They nest.
fn comment_len(bytes: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'(', b';', ..] => (depth, at) = (depth + 1, at + 2),
            [b';', b')', ..] => {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Length of the keyword, name or number that `text` begins with.
fn word_len(text: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | ';');
    text.find(ends).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unfolded(text: &str) -> String {
        unfold_try(text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_folded_try_becomes_a_plain_one() {
        assert_eq!(
            unfolded("(try $l (result i32) (do (call $f)) (catch $e (drop)) (catch_all))"),
            "try $l (result i32) (call $f) catch $e (drop) catch_all end"
        );
        assert_eq!(
            unfolded("(try (do (try (do) (delegate 0))) (catch_all nop))"),
            "try try delegate 0 catch_all nop end"
        );
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for text in [
            "(try_table (catch $e 0) (catch_all 1)) (delegate 0) (do)",
            "\"(try (do))\" ;; (try (do))\n (; (try (; (do) ;) ;) \"\\\"(try (do\"",
            "(func $try (param i32)) ) \"\\",
            "(; (;",
            "é\"\\é\"(é)",
        ] {
            assert_eq!(unfold_try(text), text);
        }
    }

    #[test]
    fn no_line_moves() {
        let text = "(try\n(do\n(nop))\n(catch_all\n))\n(x)";
        let unfolded = unfold_try(text);
        assert_eq!(unfolded.lines().count(), text.lines().count());
        assert_eq!(unfolded.lines().last(), Some("(x)"));
    }
}
