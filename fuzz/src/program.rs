//! Programs like those that compilers make: counted loops, addresses computed from locals, conditions, calls.
//!
//! Modules by wasm-smith seldom have what the translator fuses. These have little else: every rule is met in every way
//! that its operands can be had.
//!
//! Invariant: a program ends, does not depend on the bits of a NaN, and imports nothing. It exports its functions, its
//! memory and its globals.

use crate::Numbers;
use core::fmt::Write;

/// How deep expressions and statements nest.
const DEPTH: usize = 3;
/// Functions of a program. Each calls earlier ones only, some by their wrappers, leaves, and the tree.
const FUNCS: usize = 4;
/// Functions that call none, and are short enough to be inlined, most of them. The first half return `i32`, the others `i64`.
const LEAVES: usize = 6;

/// The text of a program.
pub fn program(numbers: &mut Numbers) -> String {
    let mut text = String::from(
        "(module (memory (export \"memory\") 1 2)\n\
         (global $g0 (export \"g0\") (mut i32) (i32.const 1))\n\
         (global $g1 (export \"g1\") (mut i64) (i64.const -2))\n",
    );
    for leaf in 0..LEAVES {
        Writer::new(numbers, &mut text, 0).leaf_func(leaf);
    }
    Writer::new(numbers, &mut text, 0).tree();
    for func in 0..FUNCS {
        Writer::new(numbers, &mut text, func).func();
        Writer::new(numbers, &mut text, func).wrapper();
    }
    text.push_str(")\n");
    text
}

/// Type of an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ty {
    I32,
    I64,
    F64,
}

impl Ty {
    fn name(self) -> &'static str {
        match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F64 => "f64",
        }
    }
}

struct Writer<'a> {
    numbers: &'a mut Numbers,
    text: &'a mut String,
    /// Its number.
    func: usize,
    /// Loops around the current place.
    loops: usize,
    /// Labels given out.
    labels: usize,
    /// Calls that may still be written: they multiply.
    calls: usize,
    /// Whether it calls none at all.
    is_leaf: bool,
}

const INT_BINARY: [&str; 15] = [
    "add", "add", "add", "sub", "sub", "mul", "and", "and", "or", "xor", "shl", "shr_u", "shr_s", "rotl",
    "rotr",
];
const COMPARE: [&str; 10] = ["eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"];
const FLOAT_COMPARE: [&str; 6] = ["eq", "ne", "lt", "gt", "le", "ge"];
const FLOAT_BINARY: [&str; 6] = ["add", "sub", "mul", "div", "min", "max"];

/// The locals of every function that are no parameters.
const LOCALS: &str = "(local $c i32) (local $d i32) (local $y i64) (local $v f64) (local $w f64) (local $n0 i32) (local $n1 i32)\n";

impl<'a> Writer<'a> {
    fn new(numbers: &'a mut Numbers, text: &'a mut String, func: usize) -> Self {
        Self { numbers, text, func, loops: 0, labels: 0, calls: 2, is_leaf: false }
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.numbers.below(from.len())]
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// `(head part part …)`
    fn node(&mut self, head: &str, parts: impl FnOnce(&mut Self)) {
        self.put(" (");
        self.put(head);
        parts(self);
        self.put(")");
    }

    fn func(&mut self) {
        let func = self.func;
        let head = format!(
            "(func $f{func} (export \"f{func}\") (param $a i32) (param $b i32) (param $x i64) (result i64)\n\
             {LOCALS}"
        );
        self.put(&head);
        for _ in 0..2 + self.numbers.below(4) {
            self.statement(DEPTH);
        }
        self.put(
            "(i64.add (i64.xor (local.get $x) (i64.mul (local.get $y) (i64.const 31)))\
             (i64.or (i64.shl (i64.extend_i32_u (i32.add (local.get $a) (local.get $d))) (i64.const 32))\
             (i64.extend_i32_u (i32.xor (local.get $b) (local.get $c))))))\n",
        );
    }

    fn leaf_func(&mut self, leaf: usize) {
        let ty = leaf_type(leaf);
        self.is_leaf = true;
        self.put(&format!(
            "(func $leaf{leaf} (param $a i32) (param $b i32) (param $x i64) (result {})\n",
            ty.name()
        ));
        self.put(LOCALS);
        match self.numbers.below(5) {
            0 => self.node("local.set $a", |this| this.expr(Ty::I32, 1)),
            1 => self.node("i32.store offset=4", |this| {
                this.address();
                this.leaf(Ty::I32);
            }),
            2 => self.node("if", |this| {
                this.comparison(1);
                this.node("then", |this| this.node("return", |this| this.expr(ty, 1)));
            }),
            _ => {}
        }
        let depth = self.numbers.below(3);
        self.expr(ty, depth);
        self.put(")\n");
    }

    /// A short function that calls itself twice, up to two levels down.
    fn tree(&mut self) {
        self.is_leaf = true;
        self.put("(func $tree (param $a i32) (param $b i32) (param $x i64) (result i64)\n");
        self.put(LOCALS);
        self.put("(if (result i64) (i32.and (local.get $a) (i32.const 3)) (then (i64.sub");
        for _ in 0..2 {
            self.node("call $tree", |this| {
                this.put(" (i32.shr_u (i32.and (local.get $a) (i32.const 3)) (i32.const 1))");
                this.expr(Ty::I32, 0);
                this.expr(Ty::I64, 0);
            });
        }
        self.put(")) (else");
        self.expr(Ty::I64, 1);
        self.put(")))\n");
    }

    /// A short function that calls the one before, and does a little before it or after.
    fn wrapper(&mut self) {
        let func = self.func;
        self.is_leaf = true;
        self.put(&format!(
            "(func $wrapper{func} (param $a i32) (param $b i32) (param $x i64) (result i64)\n{LOCALS}"
        ));
        let form = self.numbers.below(4);
        match form {
            0 => self.node("local.set $a", |this| this.expr(Ty::I32, 1)),
            1 => self.node("if", |this| {
                this.comparison(0);
                this.put("(then (return (local.get $x)))");
            }),
            _ => {}
        }
        let (before, after) = if form == 2 { ("(i64.add (local.get $x)", ")") } else { ("", "") };
        self.put(before);
        self.node(&format!("call $f{func}"), |this| {
            let depth = this.numbers.below(2);
            this.expr(Ty::I32, depth);
            this.expr(Ty::I32, 0);
            this.expr(Ty::I64, 0);
        });
        self.put(after);
        self.put(")\n");
    }

    /// A call of a leaf of type `ty`.
    fn call_leaf(&mut self, ty: Ty, depth: usize) {
        let leaf = self.numbers.below(LEAVES / 2) + if ty == Ty::I32 { 0 } else { LEAVES / 2 };
        debug_assert!(leaf_type(leaf) == ty);
        self.call(&format!("leaf{leaf}"), depth);
    }

    /// A call of the function `name`.
    fn call(&mut self, name: &str, depth: usize) {
        self.node(&format!("call ${name}"), |this| {
            this.expr(Ty::I32, depth);
            this.expr(Ty::I32, depth);
            this.expr(Ty::I64, depth);
        });
    }

    fn body(&mut self, depth: usize) {
        for _ in 0..1 + self.numbers.below(3) {
            self.statement(depth);
        }
    }

    fn statement(&mut self, depth: usize) {
        let nested = if depth > 0 { 12 } else { 7 };
        match self.numbers.below(nested) {
            0..=2 => self.set(),
            3 => self.store(),
            4 => self.step("$a", "$b"),
            5 => self.node("global.set $g0", |this| this.expr(Ty::I32, DEPTH)),
            6 => self.node("global.set $g1", |this| this.expr(Ty::I64, DEPTH)),
            7 => {
                self.put(" (if");
                self.condition();
                self.node("then", |this| this.body(depth - 1));
                if self.numbers.below(2) == 0 {
                    self.node("else", |this| this.body(depth - 1));
                }
                self.put(")\n");
            }
            8 => {
                let label = self.label();
                self.node(&format!("block {label}"), |this| {
                    this.body(depth - 1);
                    this.node(&format!("br_if {label}"), Self::condition);
                    this.body(depth - 1);
                });
            }
            9 => self.switch(depth),
            _ if self.loops < 2 => self.counted(depth),
            _ => self.set(),
        }
        self.put("\n");
    }

    fn set(&mut self) {
        let (local, ty) = self.local(None);
        self.node(&format!("local.set {local}"), |this| this.expr(ty, DEPTH));
    }

    /// Two locals are stepped, as loops do with pointers.
    fn step(&mut self, first: &str, second: &str) {
        for local in [first, second] {
            let by = self.numbers.below(9) as i32 - 4;
            self.put(&format!(" (local.set {local} (i32.add (local.get {local}) (i32.const {by})))"));
        }
    }

    fn store(&mut self) {
        let (ty, name) = [
            (Ty::I32, "i32.store"),
            (Ty::I32, "i32.store8"),
            (Ty::I32, "i32.store16"),
            (Ty::I64, "i64.store"),
            (Ty::I64, "i64.store32"),
        ][self.numbers.below(5)];
        let offset = [0, 0, 4, 100][self.numbers.below(4)];
        self.node(&format!("{name} offset={offset}"), |this| {
            this.address();
            this.expr(ty, DEPTH - 1);
        });
    }

    /// An address in the memory, or rarely any.
    fn address(&mut self) {
        let at = self.pick(&["$a", "$b", "$c", "$n0"]);
        let index = self.pick(&["$b", "$c", "$d", "$n0", "$n1"]);
        let (scale, by) = (self.numbers.below(4), self.numbers.below(64) as i32 - 32);
        let masked = format!("(i32.and (local.get {at}) (i32.const 0x3fff))");
        let text = match self.numbers.below(24) {
            0 => format!(" (local.get {at})"),
            1..=5 => format!(" {masked}"),
            6..=10 => format!(" (i32.add {masked} (i32.const {}))", by.abs()),
            11..=13 => format!(" (i32.add (local.tee $d {masked}) (i32.const {}))", by.abs()),
            14..=18 => format!(
                " (i32.add {masked} (i32.shl (i32.and (local.get {index}) (i32.const 0xff)) (i32.const {scale})))"
            ),
            19..=21 => format!(" (i32.and (i32.add (local.get {at}) (i32.const {by})) (i32.const 0x7fff))"),
            _ => format!(" (i32.const {})", by.abs() * 8),
        };
        self.put(&text);
    }

    /// `br_table` out of nested blocks.
    fn switch(&mut self, depth: usize) {
        let labels = [self.label(), self.label(), self.label()];
        let [a, b, c] = &labels;
        self.put(&format!(" (block {a} (block {b} (block {c} (br_table {a} {b} {c} {b}"));
        self.node("i32.and", |this| {
            this.expr(Ty::I32, DEPTH - 1);
            this.put(" (i32.const 3)");
        });
        self.put("))\n");
        self.body(depth - 1);
        self.put(")\n");
        self.body(depth - 1);
        self.put(")\n");
    }

    /// A loop that ends, of one of the forms that compilers give them. Its counter is set by nothing else.
    fn counted(&mut self, depth: usize) {
        let counter = ["$n0", "$n1"][self.loops];
        let label = self.label();
        let times = 1 + self.numbers.below(12);
        let form = self.numbers.below(5);
        self.loops += 1;
        let start = if matches!(form, 0 | 3) { times } else { 0 };
        self.put(&format!("(local.set {counter} (i32.const {start}))\n"));
        let down = format!("(i32.sub (local.get {counter}) (i32.const 1))");
        let up = format!("(i32.add (local.get {counter}) (i32.const 1))");
        match form {
            // Counting down to zero.
            0 => {
                self.put(&format!("(loop {label}"));
                self.body(depth - 1);
                self.put(&format!("(br_if {label} (local.tee {counter} {down})))"));
            }
            // Counting up, the sum left or right of the comparison.
            1 | 2 => {
                self.put(&format!("(loop {label}"));
                self.body(depth - 1);
                if self.numbers.below(2) == 0 {
                    self.step("$a", "$c");
                }
                let test = self.pick(&["lt_s", "lt_u", "ne"]);
                let (sum, end) = (format!("(local.tee {counter} {up})"), format!("(i32.const {times})"));
                let (test, left, right) = match (form, test) {
                    (1, test) => (test, sum, end),
                    (_, "lt_s") => ("gt_s", end, sum),
                    (_, "lt_u") => ("gt_u", end, sum),
                    (_, test) => (test, end, sum),
                };
                self.put(&format!("(br_if {label} (i32.{test} {left} {right})))"));
            }
            // The exit first, and a jump back.
            3 => {
                let out = self.label();
                self.put(&format!(
                    "(block {out} (loop {label} (br_if {out} (i32.eqz (local.get {counter})))"
                ));
                self.body(depth - 1);
                self.put(&format!("(local.set {counter} {down}) (br {label})))"));
            }
            // The exit last, and a jump back.
            _ => {
                let out = self.label();
                self.put(&format!("(block {out} (loop {label}"));
                self.body(depth - 1);
                self.put(&format!(
                    "(local.set {counter} {up}) (br_if {out} (i32.ge_u (local.get {counter}) (i32.const {times}))) (br {label})))"
                ));
            }
        }
        self.loops -= 1;
    }

    fn label(&mut self) -> String {
        self.labels += 1;
        format!("$l{}", self.labels)
    }

    fn condition(&mut self) {
        match self.numbers.below(6) {
            0 => self.node("i32.eqz", |this| this.expr(Ty::I32, DEPTH - 1)),
            1 => self.node("i32.and", |this| {
                this.expr(Ty::I32, DEPTH - 1);
                this.put(" (i32.const 4)");
            }),
            2 => self.expr(Ty::I32, DEPTH - 1),
            _ => self.comparison(DEPTH - 1),
        }
    }

    fn comparison(&mut self, depth: usize) {
        let ty = [Ty::I32, Ty::I32, Ty::I64, Ty::F64][self.numbers.below(4)];
        let op = if ty == Ty::F64 { self.pick(&FLOAT_COMPARE) } else { self.pick(&COMPARE) };
        self.node(&format!("{}.{op}", ty.name()), |this| {
            this.expr(ty, depth.saturating_sub(1));
            this.expr(ty, depth.saturating_sub(1));
        });
    }

    fn local(&mut self, ty: Option<Ty>) -> (&'static str, Ty) {
        match ty.unwrap_or([Ty::I32, Ty::I32, Ty::I64, Ty::F64][self.numbers.below(4)]) {
            Ty::I32 => (self.pick(&["$a", "$b", "$c", "$d"]), Ty::I32),
            Ty::I64 => (self.pick(&["$x", "$y"]), Ty::I64),
            Ty::F64 => (self.pick(&["$v", "$w"]), Ty::F64),
        }
    }

    fn leaf(&mut self, ty: Ty) {
        match (self.numbers.below(5), ty) {
            (0..=2, _) => {
                let (local, _) = self.local(Some(ty));
                let counter = ty == Ty::I32 && self.numbers.below(4) == 0;
                let local = if counter { self.pick(&["$n0", "$n1"]) } else { local };
                self.put(&format!(" (local.get {local})"));
            }
            (_, Ty::F64) => {
                let value = self.pick(&["0.5", "-3", "1e10", "7", "-0"]);
                self.put(&format!(" (f64.const {value})"));
            }
            _ => {
                let value = match self.numbers.below(6) {
                    0..=2 => self.numbers.below(40) as i64 - 8,
                    3 => [31, 32, 63, 255, 65_535][self.numbers.below(5)],
                    4 => i64::from(self.numbers.draw() as i32),
                    _ if ty == Ty::I64 => self.numbers.draw() as i64,
                    _ => i64::from(i32::MIN),
                };
                self.put(&format!(" ({}.const {value})", ty.name()));
            }
        }
    }

    fn expr(&mut self, ty: Ty, depth: usize) {
        if depth == 0 {
            return self.leaf(ty);
        }
        let depth = depth - 1;
        match (self.numbers.below(17), ty) {
            (0..=3, _) => self.leaf(ty),
            (16, Ty::I64) if !self.is_leaf && self.numbers.below(3) == 0 => self.call("tree", depth),
            (16, Ty::I32 | Ty::I64) if !self.is_leaf => self.call_leaf(ty, depth),
            (4, _) => {
                let (local, _) = self.local(Some(ty));
                self.node(&format!("local.tee {local}"), |this| this.expr(ty, depth));
            }
            (5, _) => self.node("select", |this| {
                this.expr(ty, depth);
                this.expr(ty, depth);
                this.comparison(depth);
            }),
            (6, _) => {
                self.put(&format!(" (if (result {})", ty.name()));
                self.comparison(depth);
                self.node("then", |this| this.expr(ty, depth));
                self.node("else", |this| this.expr(ty, depth));
                self.put(")");
            }
            (7, Ty::I32) => self.comparison(depth),
            (8, Ty::I32) => {
                let load = self.pick(&["load", "load8_u", "load8_s", "load16_u", "load16_s"]);
                self.node(&format!("i32.{load}"), Self::address);
            }
            (9, Ty::I32) => {
                let convert = self.pick(&["wrap_i64", "trunc_sat_f64_s", "trunc_sat_f64_u"]);
                let from = if convert == "wrap_i64" { Ty::I64 } else { Ty::F64 };
                self.node(&format!("i32.{convert}"), |this| this.expr(from, depth));
            }
            (10, Ty::I32) => {
                let unary = self.pick(&["clz", "ctz", "popcnt", "extend8_s", "extend16_s", "eqz"]);
                self.node(&format!("i32.{unary}"), |this| this.expr(ty, depth));
            }
            (7, Ty::I64) => {
                let load = self.pick(&["load", "load8_u", "load32_s", "load32_u"]);
                self.node(&format!("i64.{load}"), Self::address);
            }
            (8, Ty::I64) => {
                let convert = self.pick(&["extend_i32_s", "extend_i32_u"]);
                self.node(&format!("i64.{convert}"), |this| this.expr(Ty::I32, depth));
            }
            (9, Ty::I64) if self.func > 0 && self.calls > 0 && self.loops == 0 => {
                self.calls -= 1;
                let callee = self.numbers.below(self.func);
                let name = ["f", "f", "wrapper"][self.numbers.below(3)];
                self.call(&format!("{name}{callee}"), depth);
            }
            (10, Ty::I64) => self.put(" (global.get $g1)"),
            (7..=9, Ty::F64) => {
                let convert = self.pick(&["convert_i32_s", "convert_i32_u"]);
                self.node(&format!("f64.{convert}"), |this| this.expr(Ty::I32, depth));
            }
            (10, Ty::F64) => {
                let unary = self.pick(&["neg", "abs", "floor", "nearest", "sqrt"]);
                self.node(&format!("f64.{unary}"), |this| this.expr(ty, depth));
            }
            (_, Ty::F64) => self.binary(ty, &FLOAT_BINARY, depth),
            _ => self.binary(ty, &INT_BINARY, depth),
        }
    }

    fn binary(&mut self, ty: Ty, ops: &[&'static str], depth: usize) {
        let op = self.pick(ops);
        // Writing to a string cannot fail.
        let _ = write!(self.text, " ({}.{op}", ty.name());
        self.expr(ty, depth);
        self.expr(ty, depth);
        self.put(")");
    }
}

/// What leaf number `leaf` returns.
fn leaf_type(leaf: usize) -> Ty {
    if leaf < LEAVES / 2 { Ty::I32 } else { Ty::I64 }
}
