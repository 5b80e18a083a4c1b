//! Annotations in the text format that stand for custom sections: `@custom`, `@name` and `@metadata.code.branch_hint`.
//!
//! The parser of scripts passes over annotations in places where it does not look for them; here each is checked for its
//! place and its form, in the words that the suite uses.
//!
//! ```text
//! (module $m (@name "the module")  (@custom "a section" (after type) "its contents")
//!     (func $f (@name "the function")  (local.get 0)  (@metadata.code.branch_hint "\01") (if …)))
//! ```
//!
//! Spec: WebAssembly 3.0, appendix A.6 "Custom Sections and Annotations"; branch hinting proposal.

use wast::lexer::{Lexer, Token, TokenKind};

const CUSTOM: &str = "custom";
const NAME: &str = "name";
const BRANCH_HINT: &str = "metadata.code.branch_hint";

/// The keywords behind which, and behind an identifier, a name may stand.
const NAMED: [&str; 17] = [
    "module",
    "type",
    "func",
    "table",
    "memory",
    "global",
    "tag",
    "elem",
    "data",
    "param",
    "local",
    "field",
    "block",
    "loop",
    "if",
    "try",
    "try_table",
];

/// The sections beside which a custom one may be placed, by their keywords.
const SECTIONS: [&str; 12] =
    ["type", "import", "func", "table", "memory", "tag", "global", "export", "start", "elem", "code", "data"];

/// Checks the annotations in `text`, the text of a module or its fields.
///
/// # Errors
/// What is wrong with the first that is wrong.
pub(super) fn check(text: &str) -> Result<(), String> {
    let lexer = Lexer::new(text);
    let mut tokens = Vec::new();
    for token in lexer.iter(0) {
        let token = token.map_err(|error| error.message())?;
        if !matches!(token.kind, TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment) {
            tokens.push(token);
        }
    }
    let top = List { keyword: "", name: Name::Misplaced };
    Checker { text, rest: &tokens, lists: vec![top], hinted: false }.all()
}

/// What to say of a name at some place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name<'t> {
    /// It is that of what the keyword begins.
    Expected(&'t str),
    /// There is one already.
    Given(&'t str),
    Misplaced,
}

/// A list that is open.
struct List<'t> {
    /// The keyword it begins with, if any.
    keyword: &'t str,
    /// What to say of a name at this place.
    name: Name<'t>,
}

struct Checker<'t> {
    text: &'t str,
    /// What is still to be looked at.
    rest: &'t [Token],
    /// What is open, the whole text first.
    lists: Vec<List<'t>>,
    /// Whether a branch hint waits for its instruction.
    hinted: bool,
}

impl<'t> Checker<'t> {
    fn all(&mut self) -> Result<(), String> {
        while let Some(token) = self.next() {
            let word = token.src(self.text);
            match (token.kind, self.rest.first()) {
                (TokenKind::LParen, Some(next)) if next.kind == TokenKind::Annotation => self.annotation()?,
                (TokenKind::LParen, next) => {
                    let keyword = next.filter(|next| next.kind == TokenKind::Keyword);
                    let keyword = keyword.map_or("", |keyword| keyword.src(self.text));
                    self.hinted = false;
                    self.list().name = Name::Misplaced;
                    self.lists.push(List { keyword, name: Name::Misplaced });
                }
                (TokenKind::RParen, _) => {
                    // What is not balanced is left to the parser.
                    if self.lists.len() > 1 {
                        self.lists.pop();
                    }
                }
                (TokenKind::Keyword, _) => {
                    self.hinted = false;
                    let named = NAMED.contains(&word);
                    self.list().name = if named { Name::Expected(word) } else { Name::Misplaced };
                }
                (TokenKind::Id, _) => {}
                _ => self.list().name = Name::Misplaced,
            }
        }
        Ok(())
    }

    /// An annotation, from its `@` to the end of its list.
    fn annotation(&mut self) -> Result<(), String> {
        let Some(token) = self.next() else { return Ok(()) };
        let annotation = token.annotation(self.text).map_err(|error| error.message())?;
        let contents = self.contents();
        match &*annotation {
            CUSTOM => {
                if !matches!(self.list().keyword, "" | "module") {
                    return Err("misplaced @custom annotation".to_owned());
                }
                self.custom(contents)
            }
            NAME => {
                self.list().name = match self.list().name {
                    Name::Expected(what) => Name::Given(what),
                    Name::Given(what) => return Err(format!("@name annotation: multiple {what}")),
                    Name::Misplaced => return Err("misplaced @name annotation".to_owned()),
                };
                match contents {
                    [name] if name.kind == TokenKind::String => self.name(NAME, name),
                    _ => Err("@name annotation: unexpected token".to_owned()),
                }
            }
            BRANCH_HINT => {
                if !self.lists.iter().any(|list| list.keyword == "func") {
                    return Err(format!("@{BRANCH_HINT} annotation: not in a function"));
                }
                if core::mem::replace(&mut self.hinted, true) {
                    return Err(format!("@{BRANCH_HINT} annotation: duplicate annotation"));
                }
                match contents {
                    [hint] if matches!(&*self.string(hint), [0 | 1]) => Ok(()),
                    _ => Err(format!("@{BRANCH_HINT} annotation: invalid value")),
                }
            }
            // Those that nobody knows have no meaning.
            _ => Ok(()),
        }
    }

    /// The section's name; where it goes; strings with its contents.
    fn custom(&self, contents: &[Token]) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("@{CUSTOM} annotation: {what}"));
        let Some((name, mut rest)) =
            contents.split_first().filter(|(first, _)| first.kind == TokenKind::String)
        else {
            return wrong("missing section name");
        };
        self.name(CUSTOM, name)?;
        if let Some((_, place)) = rest.split_first().filter(|(first, _)| first.kind == TokenKind::LParen) {
            let mut words = place.iter().take_while(|token| token.kind != TokenKind::RParen);
            let mut word = || words.next().map_or("", |word| word.src(self.text));
            match (word(), word()) {
                ("before", "first") | ("after", "last") => {}
                ("before" | "after", section) if SECTIONS.contains(&section) => {}
                ("before" | "after", _) => return wrong("malformed section kind"),
                _ => return wrong("malformed placement"),
            }
            // The parenthesis and the two words before it.
            rest = match place.get(2..) {
                Some([end, rest @ ..]) if end.kind == TokenKind::RParen => rest,
                _ => return wrong("malformed placement"),
            };
        }
        if rest.iter().all(|token| token.kind == TokenKind::String) {
            Ok(())
        } else {
            wrong("unexpected token")
        }
    }

    fn name(&self, annotation: &str, token: &Token) -> Result<(), String> {
        match core::str::from_utf8(&self.string(token)) {
            Ok(_) => Ok(()),
            Err(_) => Err(format!("@{annotation} annotation: malformed UTF-8 encoding")),
        }
    }

    /// The bytes of a string; none of another token.
    fn string(&self, token: &Token) -> Vec<u8> {
        match token.kind {
            TokenKind::String => token.string(self.text).into_owned(),
            _ => Vec::new(),
        }
    }

    /// The rest of the innermost list, up to the parenthesis that closes it, which is passed.
    fn contents(&mut self) -> &'t [Token] {
        let all = self.rest;
        let mut depth = 0_usize;
        while let Some(token) = self.next() {
            match token.kind {
                TokenKind::LParen => depth += 1,
                TokenKind::RParen if depth == 0 => return &all[..all.len() - self.rest.len() - 1],
                TokenKind::RParen => depth -= 1,
                _ => {}
            }
        }
        all
    }

    fn next(&mut self) -> Option<&'t Token> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// The innermost open list.
    fn list(&mut self) -> &mut List<'t> {
        self.lists.last_mut().expect("the whole text stays open")
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn good_annotations_pass() {
        for text in [
            r#"(module $m (@name "M") (func $f (@name "f") (param $x (@name "x") i32) (local (@name "y") i64)))"#,
            r#"(module (type $t (func)) (@custom "a") (@custom "" (before first) "1" "" "2") (@custom "a" (after code)))"#,
            r#"(@custom "bla") (func)"#,
            r#"(func (@metadata.code.branch_hint "\00") if (@metadata.code.branch_hint "\01") (br_if 0) end)"#,
            r#"(module (@unknown ) (func (@unknown (@name) 1 x) (block $l (@name "l")) loop $m (@name "m") end))"#,
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn bad_ones_are_told() {
        for (text, error) in [
            (r#"(module (@name "M") (@name "N"))"#, "@name annotation: multiple module"),
            (r#"(module (func (@name "M") (@name "N")))"#, "@name annotation: multiple func"),
            (r#"(module (func) (@name "M"))"#, "misplaced @name annotation"),
            (r#"(func nop (@name "M"))"#, "misplaced @name annotation"),
            (r#"(module (@name "\ff"))"#, "@name annotation: malformed UTF-8 encoding"),
            (r#"(module (@name M))"#, "@name annotation: unexpected token"),
            (r#"(@custom)"#, "@custom annotation: missing section name"),
            (r#"(@custom "\ff")"#, "@custom annotation: malformed UTF-8 encoding"),
            (r#"(@custom "a" (after type x))"#, "@custom annotation: malformed placement"),
            (r#"(@custom "a" (first))"#, "@custom annotation: malformed placement"),
            (r#"(@custom "a" (before last))"#, "@custom annotation: malformed section kind"),
            (r#"(@custom "a" "b" (after type))"#, "@custom annotation: unexpected token"),
            (r#"(module (func (@custom "a")))"#, "misplaced @custom annotation"),
            (
                r#"(@metadata.code.branch_hint "\00")"#,
                "@metadata.code.branch_hint annotation: not in a function",
            ),
            (
                r#"(func (@metadata.code.branch_hint "\02") if end)"#,
                "@metadata.code.branch_hint annotation: invalid value",
            ),
            (
                r#"(func (@metadata.code.branch_hint "\01") (@metadata.code.branch_hint "\00") if end)"#,
                "@metadata.code.branch_hint annotation: duplicate annotation",
            ),
        ] {
            assert_eq!(check(text).as_ref().map_err(String::as_str), Err(error), "{text}");
        }
    }

    #[test]
    fn what_is_not_balanced_is_left_to_the_parser() {
        for text in [")", "(", "((@unknown", "(@unknown))", ""] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }
}
