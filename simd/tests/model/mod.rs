//! What every vector instruction means, told a second time and from its *name*: `i16x8_add_sat_s` is read as lanes of 16
//! bits, `add`, saturating, signed. Integers are computed as `i128`, floats as `f64` (for which rounding the exact result
//! of an `f32` operation twice is the same as rounding once), so that nothing is shared with the code under test.

use fantail_simd::V128;

/// What one lane of the result may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lane {
    /// These bits.
    Bits(u64),
    /// A quiet NaN of any sign and payload, or of any sign and the canonical payload.
    Nan { canonical: bool },
}

/// What the result may be.
#[derive(Debug)]
pub(crate) struct Expected {
    width: u32,
    lanes: Vec<Lane>,
}

impl Expected {
    /// Whether `got` is such a result.
    pub(crate) fn allows(&self, got: V128) -> bool {
        assert_eq!(self.lanes.len() as u32 * self.width, 128);
        let (canonical_nan, magnitude) =
            if self.width == 32 { (0x7fc0_0000, 0x7fff_ffff) } else { (0x7ff8 << 48, u64::MAX >> 1) };
        self.lanes.iter().zip(bits(got, self.width)).all(|(lane, got)| match *lane {
            Lane::Bits(expected) => got == expected,
            Lane::Nan { canonical: true } => got & magnitude == canonical_nan,
            Lane::Nan { canonical: false } => got & canonical_nan == canonical_nan,
        })
    }
}

/// The lanes of `width` bits.
pub(crate) fn bits(vector: V128, width: u32) -> Vec<u64> {
    let mask = u64::MAX >> (64 - width);
    (0..128 / width).map(|lane| (vector.to_u128() >> (lane * width)) as u64 & mask).collect()
}

fn ints(vector: V128, width: u32, signed: bool) -> Vec<i128> {
    let shift = 128 - width;
    let widen = |lane: u64| {
        let top = u128::from(lane) << shift;
        if signed { top as i128 >> shift } else { (top >> shift) as i128 }
    };
    bits(vector, width).into_iter().map(widen).collect()
}

fn floats(vector: V128, width: u32) -> Vec<f64> {
    let value = |lane: u64| {
        if width == 32 { f64::from(f32::from_bits(lane as u32)) } else { f64::from_bits(lane) }
    };
    bits(vector, width).into_iter().map(value).collect()
}

/// `value` as an integer lane, wrapped.
fn wrap(value: i128, width: u32) -> Lane {
    Lane::Bits(value as u64 & (u64::MAX >> (64 - width)))
}

/// `value` as an integer lane, saturated.
fn saturate(value: i128, width: u32, signed: bool) -> Lane {
    let (min, max) = if signed { (-1 << (width - 1), (1 << (width - 1)) - 1) } else { (0, (1 << width) - 1) };
    wrap(value.clamp(min, max), width)
}

/// The float nearest to `value` of that width.
fn round(value: f64, width: u32) -> f64 {
    if width == 32 { f64::from(value as f32) } else { value }
}

/// `value` as a float lane; `operands` are what it was computed from, as bits of lanes that are `width` wide.
fn float(value: f64, width: u32, operand_width: u32, operands: &[u64]) -> Lane {
    if value.is_nan() {
        let (payload, canonical) =
            if operand_width == 32 { (0x7fff_ffff, 0x7fc0_0000) } else { (u64::MAX >> 1, 0x7ff8 << 48) };
        let infinity = if operand_width == 32 { 0x7f80_0000 } else { 0x7ff0 << 48 };
        let is_odd = |bits: &u64| bits & payload > infinity && bits & payload != canonical;
        return Lane::Nan { canonical: !operands.iter().any(is_odd) };
    }
    Lane::Bits(if width == 32 { u64::from((value as f32).to_bits()) } else { value.to_bits() })
}

/// Width of the lanes of a shape such as `i8x16`.
fn width_of(shape: &str) -> u32 {
    shape[1..shape.find('x').expect("a shape")].parse().expect("a width")
}

/// The parts of an instruction's name.
struct Name<'a> {
    /// Width of the result's lanes.
    width: u32,
    is_float: bool,
    op: &'a str,
    signed: bool,
    /// Width of the operands' lanes, if the name tells another.
    from: Option<u32>,
    /// Whether the high half is read.
    high: bool,
}

impl<'a> Name<'a> {
    fn parse(name: &'a str) -> Self {
        let (shape, rest) = name.split_once('_').expect("a shape and an operator");
        let rest = rest.strip_suffix("_zero").unwrap_or(rest);
        let (mut op, signed) = match (rest.strip_suffix("_s"), rest.strip_suffix("_u")) {
            (Some(op), _) => (op, true),
            (_, Some(op)) => (op, false),
            _ => (rest, false),
        };
        let mut from = None;
        if let Some((before, after)) = op.rsplit_once('_')
            && after.as_bytes()[1].is_ascii_digit()
            && after.contains('x')
        {
            (op, from) = (before, Some(width_of(after)));
        }
        let high = op.ends_with("_high");
        op = op.strip_suffix("_high").or(op.strip_suffix("_low")).unwrap_or(op);
        let is_vector = shape == "v128";
        Name {
            width: if is_vector { 64 } else { width_of(shape) },
            is_float: shape.starts_with('f'),
            op,
            signed,
            from,
            high,
        }
    }
}

/// The result of the instruction `name`, of one of the shapes `un`, `bin`, `tern` and `shift`.
pub(crate) fn model(name: &str, operands: &[V128], count: u32) -> Expected {
    let parsed = Name::parse(name);
    let width = parsed.width;
    let lanes = if parsed.op.contains("swizzle") {
        swizzle(operands)
    } else if parsed.op == "relaxed_dot_i8x16_i7x16_add" {
        let sums = pair_sums(&dot_saturated(operands)).into_iter().zip(ints(operands[2], 32, true));
        sums.map(|(sum, c)| wrap(sum + c, 32)).collect()
    } else if let Some(from) = parsed.from {
        between_shapes(&parsed, from, operands)
    } else if name.starts_with("v128") || parsed.op == "relaxed_laneselect" {
        bitwise(parsed.op, width, operands)
    } else if parsed.is_float {
        let lanes: Vec<Vec<u64>> = operands.iter().map(|&operand| bits(operand, width)).collect();
        (0..lanes[0].len())
            .map(|lane| float_lane(&parsed, &lanes.iter().map(|of| of[lane]).collect::<Vec<_>>()))
            .collect()
    } else {
        int_lanes(&parsed, operands, count)
    };
    Expected { width, lanes }
}

fn swizzle(operands: &[V128]) -> Vec<Lane> {
    let table = bits(operands[0], 8);
    let pick = |index: u64| if index < 16 { table[index as usize] } else { 0 };
    bits(operands[1], 8).into_iter().map(|index| Lane::Bits(pick(index))).collect()
}

fn bitwise(op: &str, width: u32, operands: &[V128]) -> Vec<Lane> {
    let bit = |place: u32| {
        let of = |operand: usize| operands[operand].to_u128() >> place & 1 == 1;
        match op {
            "not" => !of(0),
            "and" => of(0) && of(1),
            "andnot" => of(0) && !of(1),
            "or" => of(0) || of(1),
            "xor" => of(0) != of(1),
            "bitselect" | "relaxed_laneselect" => of(if of(2) { 0 } else { 1 }),
            _ => panic!("no model of {op}"),
        }
    };
    let whole = (0..128).fold(0, |whole, place| whole | u128::from(bit(place)) << place);
    bits(V128::from_u128(whole), width).into_iter().map(Lane::Bits).collect()
}

fn float_lane(name: &Name, operands: &[u64]) -> Lane {
    let width = name.width;
    let sign = 1 << (width - 1);
    let value = |operand: usize| floats(V128::from_u128(operands[operand].into()), width)[0];
    let (a, b) = (value(0), value(operands.len().min(2) - 1));
    let choose =
        |truth: bool, operand: usize| Lane::Bits(if truth { operands[operand] } else { operands[0] });
    let truth = |truth: bool| wrap(if truth { -1 } else { 0 }, width);
    // The lesser by value, then by sign.
    let lesser = |a: f64, b: f64| if a < b || (a == b && a.is_sign_negative()) { a } else { b };
    let result = match name.op {
        "abs" => return Lane::Bits(operands[0] & !sign),
        "neg" => return Lane::Bits(operands[0] ^ sign),
        "pmin" => return choose(b < a, 1),
        "pmax" => return choose(a < b, 1),
        "eq" => return truth(a == b),
        "ne" => return truth(a != b),
        "lt" => return truth(a < b),
        "gt" => return truth(a > b),
        "le" => return truth(a <= b),
        "ge" => return truth(a >= b),
        "sqrt" => a.sqrt(),
        "ceil" => a.ceil(),
        "floor" => a.floor(),
        "trunc" => a.trunc(),
        "nearest" => a.round_ties_even(),
        "add" => a + b,
        "sub" => a - b,
        "mul" => a * b,
        "div" => a / b,
        "min" | "max" | "relaxed_min" | "relaxed_max" if a.is_nan() || b.is_nan() => f64::NAN,
        "min" | "relaxed_min" => lesser(a, b),
        "max" | "relaxed_max" => -lesser(-a, -b),
        "relaxed_madd" => round(a * b, width) + value(2),
        "relaxed_nmadd" => round(-a * b, width) + value(2),
        op => panic!("no model of {op}"),
    };
    float(result, width, width, operands)
}

fn int_lanes(name: &Name, operands: &[V128], count: u32) -> Vec<Lane> {
    let Name { width, signed, .. } = *name;
    let a = ints(operands[0], width, signed);
    let b = ints(operands[operands.len() - 1], width, signed);
    let lane = |(a, b): (i128, i128)| {
        let truth = |truth: bool| wrap(if truth { -1 } else { 0 }, width);
        let negative = a >> (width - 1) & 1 == 1;
        match name.op {
            "abs" => wrap(if negative { -a } else { a }, width),
            "neg" => wrap(-a, width),
            "popcnt" => wrap((0..width).map(|place| a >> place & 1).sum(), width),
            "add" => wrap(a + b, width),
            "sub" => wrap(a - b, width),
            "mul" => wrap((a as u64).wrapping_mul(b as u64).into(), width),
            "add_sat" => saturate(a + b, width, signed),
            "sub_sat" => saturate(a - b, width, signed),
            "min" => wrap(if a < b { a } else { b }, width),
            "max" => wrap(if a > b { a } else { b }, width),
            "avgr" => wrap((a + b + 1) / 2, width),
            "q15mulr_sat" | "relaxed_q15mulr" => {
                // Nearest to the quotient by 2^15, ties up: the floor of the quotient and a half.
                saturate((2 * a * b + (1 << 15)).div_euclid(1 << 16), width, true)
            }
            "eq" => truth(a == b),
            "ne" => truth(a != b),
            "lt" => truth(a < b),
            "gt" => truth(a > b),
            "le" => truth(a <= b),
            "ge" => truth(a >= b),
            "shl" => wrap(a << (count % width), width),
            "shr" => wrap(a >> (count % width), width),
            op => panic!("no model of {op}"),
        }
    };
    a.into_iter().zip(b).map(lane).collect()
}

/// Instructions whose operands are of another shape than the result.
fn between_shapes(name: &Name, from: u32, operands: &[V128]) -> Vec<Lane> {
    let Name { width, signed, .. } = *name;
    let half = |mut lanes: Vec<i128>| {
        let other = lanes.split_off(lanes.len() / 2);
        if name.high { other } else { lanes }
    };
    let all = |signed| -> Vec<Vec<i128>> { operands.iter().map(|&of| ints(of, from, signed)).collect() };
    let pad = |mut lanes: Vec<Lane>| {
        lanes.resize((128 / width) as usize, Lane::Bits(0));
        lanes
    };
    match name.op {
        "extend" => half(ints(operands[0], from, signed)).into_iter().map(|a| wrap(a, width)).collect(),
        "extmul" => products(all(signed).into_iter().map(half).collect())
            .into_iter()
            .map(|a| wrap(a, width))
            .collect(),
        "extadd_pairwise" => {
            pair_sums(&ints(operands[0], from, signed)).into_iter().map(|a| wrap(a, width)).collect()
        }
        "narrow" => all(true).concat().into_iter().map(|a| saturate(a, width, signed)).collect(),
        "dot" => pair_sums(&products(all(true))).into_iter().map(|a| wrap(a, width)).collect(),
        "relaxed_dot_i8x16" => dot_saturated(operands).into_iter().map(|a| wrap(a, width)).collect(),
        "trunc_sat" | "relaxed_trunc" => {
            let whole = |a: f64| if a.is_nan() { 0 } else { a.trunc() as i128 };
            pad(floats(operands[0], from).into_iter().map(|a| saturate(whole(a), width, signed)).collect())
        }
        // An integer of 32 bits is exact as f64.
        "convert" => {
            let mut lanes = ints(operands[0], from, signed);
            lanes.truncate((128 / width) as usize);
            lanes.into_iter().map(|a| float(a as f64, width, width, &[])).collect()
        }
        "demote" | "promote" => {
            let lanes = bits(operands[0], from).into_iter().zip(floats(operands[0], from));
            pad(lanes.take((128 / width) as usize).map(|(bits, a)| float(a, width, from, &[bits])).collect())
        }
        op => panic!("no model of {op}"),
    }
}

fn products(operands: Vec<Vec<i128>>) -> Vec<i128> {
    operands[0].iter().zip(&operands[1]).map(|(a, b)| a * b).collect()
}

fn pair_sums(lanes: &[i128]) -> Vec<i128> {
    lanes.chunks(2).map(|pair| pair[0] + pair[1]).collect()
}

/// The dot products of pairs of signed bytes, saturated to 16 bits.
fn dot_saturated(operands: &[V128]) -> Vec<i128> {
    let lanes = operands[..2].iter().map(|&of| ints(of, 8, true)).collect();
    pair_sums(&products(lanes)).into_iter().map(|sum| sum.clamp(-0x8000, 0x7fff)).collect()
}
