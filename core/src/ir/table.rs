//! The one table of IR ops: a row per family of ops.
//!
//! A *family* is what an op computes; a *variant* of it says where each operand is (see
//! [`Class`](super::Class)). Rows stand in groups of one [`Shape`](super::Shape), which fixes the operands' fields
//! and the classes each may have, and so the number of variants.
//!
//! ```text
//! Shape {
//!     Family "text" (operand types) -> result type  semantic function;
//! }
//! ```
//!
//! From this table come the numbering of the ops, their length, disassembly and verification (here), and the
//! handlers (in the executor). Semantic functions are those of [`num`](crate::num), of the vector crate, or of the
//! executor's memory access, or widths of atomic accesses; `none` where the shape alone says what happens.

/// Hands the rows of the IR table to the macro named.
#[macro_export]
macro_rules! for_each_op {
    ($with:ident) => {
        $with! {
                // `dst = a ∘ b`, commutative integer ops: a constant operand always stands right
                Com {
                    I32Add "i32.add" (I32, I32) -> I32 i32_add;
                    I32Mul "i32.mul" (I32, I32) -> I32 i32_mul;
                    I32And "i32.and" (I32, I32) -> I32 i32_and;
                    I32Or "i32.or" (I32, I32) -> I32 i32_or;
                    I32Xor "i32.xor" (I32, I32) -> I32 i32_xor;
                    I64Add "i64.add" (I64, I64) -> I64 i64_add;
                    I64Mul "i64.mul" (I64, I64) -> I64 i64_mul;
                    I64And "i64.and" (I64, I64) -> I64 i64_and;
                    I64Or "i64.or" (I64, I64) -> I64 i64_or;
                    I64Xor "i64.xor" (I64, I64) -> I64 i64_xor;
                }
                // `dst = a ∘ b`, integer comparisons: a constant operand always stands right, by exchanging the relation
                Cmp {
                    I32Eq "i32.eq" (I32, I32) -> I32 i32_eq;
                    I32Ne "i32.ne" (I32, I32) -> I32 i32_ne;
                    I32LtS "i32.lt_s" (I32, I32) -> I32 i32_lt_s;
                    I32LtU "i32.lt_u" (I32, I32) -> I32 i32_lt_u;
                    I32GtS "i32.gt_s" (I32, I32) -> I32 i32_gt_s;
                    I32GtU "i32.gt_u" (I32, I32) -> I32 i32_gt_u;
                    I32LeS "i32.le_s" (I32, I32) -> I32 i32_le_s;
                    I32LeU "i32.le_u" (I32, I32) -> I32 i32_le_u;
                    I32GeS "i32.ge_s" (I32, I32) -> I32 i32_ge_s;
                    I32GeU "i32.ge_u" (I32, I32) -> I32 i32_ge_u;
                    I64Eq "i64.eq" (I64, I64) -> I32 i64_eq;
                    I64Ne "i64.ne" (I64, I64) -> I32 i64_ne;
                    I64LtS "i64.lt_s" (I64, I64) -> I32 i64_lt_s;
                    I64LtU "i64.lt_u" (I64, I64) -> I32 i64_lt_u;
                    I64GtS "i64.gt_s" (I64, I64) -> I32 i64_gt_s;
                    I64GtU "i64.gt_u" (I64, I64) -> I32 i64_gt_u;
                    I64LeS "i64.le_s" (I64, I64) -> I32 i64_le_s;
                    I64LeU "i64.le_u" (I64, I64) -> I32 i64_le_u;
                    I64GeS "i64.ge_s" (I64, I64) -> I32 i64_ge_s;
                    I64GeU "i64.ge_u" (I64, I64) -> I32 i64_ge_u;
                }
                // `dst = a ∘ b`, other integer ops that cannot trap
                Bin {
                    I32Sub "i32.sub" (I32, I32) -> I32 i32_sub;
                    I32Shl "i32.shl" (I32, I32) -> I32 i32_shl;
                    I32ShrS "i32.shr_s" (I32, I32) -> I32 i32_shr_s;
                    I32ShrU "i32.shr_u" (I32, I32) -> I32 i32_shr_u;
                    I32Rotl "i32.rotl" (I32, I32) -> I32 i32_rotl;
                    I32Rotr "i32.rotr" (I32, I32) -> I32 i32_rotr;
                    I64Sub "i64.sub" (I64, I64) -> I64 i64_sub;
                    I64Shl "i64.shl" (I64, I64) -> I64 i64_shl;
                    I64ShrS "i64.shr_s" (I64, I64) -> I64 i64_shr_s;
                    I64ShrU "i64.shr_u" (I64, I64) -> I64 i64_shr_u;
                    I64Rotl "i64.rotl" (I64, I64) -> I64 i64_rotl;
                    I64Rotr "i64.rotr" (I64, I64) -> I64 i64_rotr;
                }
                // `dst = a ∘ b`, or a trap
                TryBin {
                    I32DivS "i32.div_s" (I32, I32) -> I32 i32_div_s;
                    I32DivU "i32.div_u" (I32, I32) -> I32 i32_div_u;
                    I32RemS "i32.rem_s" (I32, I32) -> I32 i32_rem_s;
                    I32RemU "i32.rem_u" (I32, I32) -> I32 i32_rem_u;
                    I64DivS "i64.div_s" (I64, I64) -> I64 i64_div_s;
                    I64DivU "i64.div_u" (I64, I64) -> I64 i64_div_u;
                    I64RemS "i64.rem_s" (I64, I64) -> I64 i64_rem_s;
                    I64RemU "i64.rem_u" (I64, I64) -> I64 i64_rem_u;
                }
                // `dst = a ∘ b` on floats
                FBin {
                    F32Add "f32.add" (F32, F32) -> F32 f32_add;
                    F32Sub "f32.sub" (F32, F32) -> F32 f32_sub;
                    F32Mul "f32.mul" (F32, F32) -> F32 f32_mul;
                    F32Div "f32.div" (F32, F32) -> F32 f32_div;
                    F32Min "f32.min" (F32, F32) -> F32 f32_min;
                    F32Max "f32.max" (F32, F32) -> F32 f32_max;
                    F32Copysign "f32.copysign" (F32, F32) -> F32 f32_copysign;
                    F64Add "f64.add" (F64, F64) -> F64 f64_add;
                    F64Sub "f64.sub" (F64, F64) -> F64 f64_sub;
                    F64Mul "f64.mul" (F64, F64) -> F64 f64_mul;
                    F64Div "f64.div" (F64, F64) -> F64 f64_div;
                    F64Min "f64.min" (F64, F64) -> F64 f64_min;
                    F64Max "f64.max" (F64, F64) -> F64 f64_max;
                    F64Copysign "f64.copysign" (F64, F64) -> F64 f64_copysign;
                }
                // `dst = a ∘ b`, comparisons of floats
                FCmp {
                    F32Eq "f32.eq" (F32, F32) -> I32 f32_eq;
                    F32Ne "f32.ne" (F32, F32) -> I32 f32_ne;
                    F32Lt "f32.lt" (F32, F32) -> I32 f32_lt;
                    F32Gt "f32.gt" (F32, F32) -> I32 f32_gt;
                    F32Le "f32.le" (F32, F32) -> I32 f32_le;
                    F32Ge "f32.ge" (F32, F32) -> I32 f32_ge;
                    F64Eq "f64.eq" (F64, F64) -> I32 f64_eq;
                    F64Ne "f64.ne" (F64, F64) -> I32 f64_ne;
                    F64Lt "f64.lt" (F64, F64) -> I32 f64_lt;
                    F64Gt "f64.gt" (F64, F64) -> I32 f64_gt;
                    F64Le "f64.le" (F64, F64) -> I32 f64_le;
                    F64Ge "f64.ge" (F64, F64) -> I32 f64_ge;
                }
                // `dst = ∘ a`
                Un {
                    I32Clz "i32.clz" (I32) -> I32 i32_clz;
                    I32Ctz "i32.ctz" (I32) -> I32 i32_ctz;
                    I32Popcnt "i32.popcnt" (I32) -> I32 i32_popcnt;
                    I32Extend8S "i32.extend8_s" (I32) -> I32 i32_extend8_s;
                    I32Extend16S "i32.extend16_s" (I32) -> I32 i32_extend16_s;
                    I32Eqz "i32.eqz" (I32) -> I32 i32_eqz;
                    I64Clz "i64.clz" (I64) -> I64 i64_clz;
                    I64Ctz "i64.ctz" (I64) -> I64 i64_ctz;
                    I64Popcnt "i64.popcnt" (I64) -> I64 i64_popcnt;
                    I64Extend8S "i64.extend8_s" (I64) -> I64 i64_extend8_s;
                    I64Extend16S "i64.extend16_s" (I64) -> I64 i64_extend16_s;
                    I64Eqz "i64.eqz" (I64) -> I32 i64_eqz;
                    I64Extend32S "i64.extend32_s" (I64) -> I64 i64_extend32_s;
                    I32WrapI64 "i32.wrap_i64" (I64) -> I32 i32_wrap_i64;
                    I64ExtendI32S "i64.extend_i32_s" (I32) -> I64 i64_extend_i32_s;
                    F32Abs "f32.abs" (F32) -> F32 f32_abs;
                    F32Neg "f32.neg" (F32) -> F32 f32_neg;
                    F32Ceil "f32.ceil" (F32) -> F32 f32_ceil;
                    F32Floor "f32.floor" (F32) -> F32 f32_floor;
                    F32Trunc "f32.trunc" (F32) -> F32 f32_trunc;
                    F32Nearest "f32.nearest" (F32) -> F32 f32_nearest;
                    F32Sqrt "f32.sqrt" (F32) -> F32 f32_sqrt;
                    F64Abs "f64.abs" (F64) -> F64 f64_abs;
                    F64Neg "f64.neg" (F64) -> F64 f64_neg;
                    F64Ceil "f64.ceil" (F64) -> F64 f64_ceil;
                    F64Floor "f64.floor" (F64) -> F64 f64_floor;
                    F64Trunc "f64.trunc" (F64) -> F64 f64_trunc;
                    F64Nearest "f64.nearest" (F64) -> F64 f64_nearest;
                    F64Sqrt "f64.sqrt" (F64) -> F64 f64_sqrt;
                    F32ConvertI32S "f32.convert_i32_s" (I32) -> F32 f32_convert_i32_s;
                    F32ConvertI32U "f32.convert_i32_u" (I32) -> F32 f32_convert_i32_u;
                    F32ConvertI64S "f32.convert_i64_s" (I64) -> F32 f32_convert_i64_s;
                    F32ConvertI64U "f32.convert_i64_u" (I64) -> F32 f32_convert_i64_u;
                    F64ConvertI32S "f64.convert_i32_s" (I32) -> F64 f64_convert_i32_s;
                    F64ConvertI32U "f64.convert_i32_u" (I32) -> F64 f64_convert_i32_u;
                    F64ConvertI64S "f64.convert_i64_s" (I64) -> F64 f64_convert_i64_s;
                    F64ConvertI64U "f64.convert_i64_u" (I64) -> F64 f64_convert_i64_u;
                    I32TruncSatF32S "i32.trunc_sat_f32_s" (F32) -> I32 i32_trunc_sat_f32_s;
                    I32TruncSatF32U "i32.trunc_sat_f32_u" (F32) -> I32 i32_trunc_sat_f32_u;
                    I32TruncSatF64S "i32.trunc_sat_f64_s" (F64) -> I32 i32_trunc_sat_f64_s;
                    I32TruncSatF64U "i32.trunc_sat_f64_u" (F64) -> I32 i32_trunc_sat_f64_u;
                    I64TruncSatF32S "i64.trunc_sat_f32_s" (F32) -> I64 i64_trunc_sat_f32_s;
                    I64TruncSatF32U "i64.trunc_sat_f32_u" (F32) -> I64 i64_trunc_sat_f32_u;
                    I64TruncSatF64S "i64.trunc_sat_f64_s" (F64) -> I64 i64_trunc_sat_f64_s;
                    I64TruncSatF64U "i64.trunc_sat_f64_u" (F64) -> I64 i64_trunc_sat_f64_u;
                    F32DemoteF64 "f32.demote_f64" (F64) -> F32 f32_demote_f64;
                    F64PromoteF32 "f64.promote_f32" (F32) -> F64 f64_promote_f32;
                    I32ReinterpretF32 "i32.reinterpret_f32" (F32) -> I32 i32_reinterpret_f32;
                    I64ReinterpretF64 "i64.reinterpret_f64" (F64) -> I64 i64_reinterpret_f64;
                    F32ReinterpretI32 "f32.reinterpret_i32" (I32) -> F32 f32_reinterpret_i32;
                    F64ReinterpretI64 "f64.reinterpret_i64" (I64) -> F64 f64_reinterpret_i64;
                    RefI31 "ref.i31" (I32) -> I64 ref_i31;
                }
                // `dst = ∘ a`, or a trap
                TryUn {
                    I32TruncF32S "i32.trunc_f32_s" (F32) -> I32 i32_trunc_f32_s;
                    I32TruncF32U "i32.trunc_f32_u" (F32) -> I32 i32_trunc_f32_u;
                    I32TruncF64S "i32.trunc_f64_s" (F64) -> I32 i32_trunc_f64_s;
                    I32TruncF64U "i32.trunc_f64_u" (F64) -> I32 i32_trunc_f64_u;
                    I64TruncF32S "i64.trunc_f32_s" (F32) -> I64 i64_trunc_f32_s;
                    I64TruncF32U "i64.trunc_f32_u" (F32) -> I64 i64_trunc_f32_u;
                    I64TruncF64S "i64.trunc_f64_s" (F64) -> I64 i64_trunc_f64_s;
                    I64TruncF64U "i64.trunc_f64_u" (F64) -> I64 i64_trunc_f64_u;
                    I31GetS "i31.get_s" (I64) -> I32 i31_get_s;
                    I31GetU "i31.get_u" (I64) -> I32 i31_get_u;
                }
                // `dst = a`; `copy` moves the raw cell of any type but `v128`
                Copy {
                    Copy "copy" (I64) -> I64 none;
                    CopyF32 "copy.f32" (F32) -> F32 none;
                    CopyF64 "copy.f64" (F64) -> F64 none;
                    CopyV128 "copy.v128" (V128) -> V128 none;
                }
                // `dst = constant`; `const.32` extends with zeros
                Const {
                    Const32 "const.32" () -> I32 none;
                    Const64 "const.64" () -> I64 none;
                    ConstF32 "const.f32" () -> F32 none;
                    ConstF64 "const.f64" () -> F64 none;
                    ConstV128 "const.v128" () -> V128 none;
                }
                // `dst = if c != 0 { a } else { b }`
                Select {
                    SelectI32 "select.i32" (I32, I32, I32) -> I32 none;
                    SelectI64 "select.i64" (I64, I64, I32) -> I64 none;
                    SelectF32 "select.f32" (F32, F32, I32) -> F32 none;
                    SelectF64 "select.f64" (F64, F64, I32) -> F64 none;
                    SelectV128 "select.v128" (V128, V128, I32) -> V128 none;
                }
                // `pc = target`
                Jump {
                    Jump "jump" () -> None none;
                }
                // `if a ∘ 0 { pc = target }`; an `i32` cell is zero-extended, so one pair serves both widths
                BrIf {
                    BrEqz "br_eqz" (I64) -> None none;
                    BrNez "br_nez" (I64) -> None none;
                }
                // `if a ∘ b { pc = target }`
                BrCmp {
                    BrI32Eq "br_i32.eq" (I32, I32) -> None i32_eq;
                    BrI32Ne "br_i32.ne" (I32, I32) -> None i32_ne;
                    BrI32LtS "br_i32.lt_s" (I32, I32) -> None i32_lt_s;
                    BrI32LtU "br_i32.lt_u" (I32, I32) -> None i32_lt_u;
                    BrI32GtS "br_i32.gt_s" (I32, I32) -> None i32_gt_s;
                    BrI32GtU "br_i32.gt_u" (I32, I32) -> None i32_gt_u;
                    BrI32LeS "br_i32.le_s" (I32, I32) -> None i32_le_s;
                    BrI32LeU "br_i32.le_u" (I32, I32) -> None i32_le_u;
                    BrI32GeS "br_i32.ge_s" (I32, I32) -> None i32_ge_s;
                    BrI32GeU "br_i32.ge_u" (I32, I32) -> None i32_ge_u;
                    BrI64Eq "br_i64.eq" (I64, I64) -> None i64_eq;
                    BrI64Ne "br_i64.ne" (I64, I64) -> None i64_ne;
                    BrI64LtS "br_i64.lt_s" (I64, I64) -> None i64_lt_s;
                    BrI64LtU "br_i64.lt_u" (I64, I64) -> None i64_lt_u;
                    BrI64GtS "br_i64.gt_s" (I64, I64) -> None i64_gt_s;
                    BrI64GtU "br_i64.gt_u" (I64, I64) -> None i64_gt_u;
                    BrI64LeS "br_i64.le_s" (I64, I64) -> None i64_le_s;
                    BrI64LeU "br_i64.le_u" (I64, I64) -> None i64_le_u;
                    BrI64GeS "br_i64.ge_s" (I64, I64) -> None i64_ge_s;
                    BrI64GeU "br_i64.ge_u" (I64, I64) -> None i64_ge_u;
                }
                // `if a ∘ b { pc = target }` on floats
                BrFCmp {
                    BrF32Eq "br_f32.eq" (F32, F32) -> None f32_eq;
                    BrF32Ne "br_f32.ne" (F32, F32) -> None f32_ne;
                    BrF32Lt "br_f32.lt" (F32, F32) -> None f32_lt;
                    BrF32Gt "br_f32.gt" (F32, F32) -> None f32_gt;
                    BrF32Le "br_f32.le" (F32, F32) -> None f32_le;
                    BrF32Ge "br_f32.ge" (F32, F32) -> None f32_ge;
                    BrF64Eq "br_f64.eq" (F64, F64) -> None f64_eq;
                    BrF64Ne "br_f64.ne" (F64, F64) -> None f64_ne;
                    BrF64Lt "br_f64.lt" (F64, F64) -> None f64_lt;
                    BrF64Gt "br_f64.gt" (F64, F64) -> None f64_gt;
                    BrF64Le "br_f64.le" (F64, F64) -> None f64_le;
                    BrF64Ge "br_f64.ge" (F64, F64) -> None f64_ge;
                }
                // `if !(a ∘ b) { pc = target }` on floats, where a NaN makes the negation no other relation
                BrNotFCmp {
                    BrNotF32Lt "br_not_f32.lt" (F32, F32) -> None f32_lt;
                    BrNotF32Gt "br_not_f32.gt" (F32, F32) -> None f32_gt;
                    BrNotF32Le "br_not_f32.le" (F32, F32) -> None f32_le;
                    BrNotF32Ge "br_not_f32.ge" (F32, F32) -> None f32_ge;
                    BrNotF64Lt "br_not_f64.lt" (F64, F64) -> None f64_lt;
                    BrNotF64Gt "br_not_f64.gt" (F64, F64) -> None f64_gt;
                    BrNotF64Le "br_not_f64.le" (F64, F64) -> None f64_le;
                    BrNotF64Ge "br_not_f64.ge" (F64, F64) -> None f64_ge;
                }
                // `pc = targets[min(a, count - 1)]`
                BrTable {
                    BrTable "br_table" (I32) -> None none;
                }
                // trap
                Unreachable {
                    Unreachable "unreachable" () -> None none;
                }
                // `dst = memory 0 [zext(a) + offset]`; a constant address is folded into the offset
                Load {
                    I32Load "i32.load" (I32) -> I32 load_u32;
                    I32Load8S "i32.load8_s" (I32) -> I32 load_i32_8s;
                    I32Load8U "i32.load8_u" (I32) -> I32 load_u8;
                    I32Load16S "i32.load16_s" (I32) -> I32 load_i32_16s;
                    I32Load16U "i32.load16_u" (I32) -> I32 load_u16;
                    I64Load "i64.load" (I32) -> I64 load_u64;
                    I64Load8S "i64.load8_s" (I32) -> I64 load_i64_8s;
                    I64Load16S "i64.load16_s" (I32) -> I64 load_i64_16s;
                    I64Load32S "i64.load32_s" (I32) -> I64 load_i64_32s;
                    F32Load "f32.load" (I32) -> F32 load_f32;
                    F64Load "f64.load" (I32) -> F64 load_f64;
                }
                // `dst = memory m [a + offset]` with 64-bit arithmetic, for further memories and 64-bit ones
                LoadAny {
                    I32LoadAny "i32.load.any" (I64) -> I32 load_u32;
                    I32Load8SAny "i32.load8_s.any" (I64) -> I32 load_i32_8s;
                    I32Load8UAny "i32.load8_u.any" (I64) -> I32 load_u8;
                    I32Load16SAny "i32.load16_s.any" (I64) -> I32 load_i32_16s;
                    I32Load16UAny "i32.load16_u.any" (I64) -> I32 load_u16;
                    I64LoadAny "i64.load.any" (I64) -> I64 load_u64;
                    I64Load8SAny "i64.load8_s.any" (I64) -> I64 load_i64_8s;
                    I64Load16SAny "i64.load16_s.any" (I64) -> I64 load_i64_16s;
                    I64Load32SAny "i64.load32_s.any" (I64) -> I64 load_i64_32s;
                    F32LoadAny "f32.load.any" (I64) -> F32 load_f32;
                    F64LoadAny "f64.load.any" (I64) -> F64 load_f64;
                }
                // `memory 0 [zext(a) + offset] = b`, the low bytes of the cell
                Store {
                    Store8 "store8" (I32, I64) -> None store_u8;
                    Store16 "store16" (I32, I64) -> None store_u16;
                    Store32 "store32" (I32, I64) -> None store_u32;
                    Store64 "store64" (I32, I64) -> None store_u64;
                }
                // the same from a float accumulator
                FStore {
                    F32Store "f32.store" (I32, F32) -> None store_f32;
                    F64Store "f64.store" (I32, F64) -> None store_f64;
                }
                // the same for a `v128`
                VStore {
                    V128Store "v128.store" (I32, V128) -> None store_v128;
                }
                // the same at `zext(a + c)`, of which `c` is a constant
                VStoreSum {
                    V128StoreSum "v128.store.sum" (I32, V128) -> None store_v128;
                }
                // the same at `zext(a + b) + offset`
                VStoreX1 {
                    V128StoreX1 "v128.store.x1" (I32, I32, V128) -> None store_v128;
                }
                // `memory m [a + offset] = b` with 64-bit arithmetic
                StoreAny {
                    Store8Any "store8.any" (I64, I64) -> None store_u8;
                    Store16Any "store16.any" (I64, I64) -> None store_u16;
                    Store32Any "store32.any" (I64, I64) -> None store_u32;
                    Store64Any "store64.any" (I64, I64) -> None store_u64;
                }
                // `dst = size of memory b, in pages`
                MemorySize {
                    MemorySize "memory.size" () -> I64 none;
                }
                // `dst = globals[b]`
                GlobalGet {
                    GlobalGet "global.get" () -> I64 none;
                    GlobalGetF32 "global.get.f32" () -> F32 none;
                    GlobalGetF64 "global.get.f64" () -> F64 none;
                    GlobalGetV128 "global.get.v128" () -> V128 none;
                }
                // `globals[b] = a`
                GlobalSet {
                    GlobalSet "global.set" (I64) -> None none;
                    GlobalSetF32 "global.set.f32" (F32) -> None none;
                    GlobalSetF64 "global.set.f64" (F64) -> None none;
                    GlobalSetV128 "global.set.v128" (V128) -> None none;
                }
                // `dst = tables[b][a]`
                TableGet {
                    TableGet "table.get" (I64) -> I64 none;
                }
                // `tables[c][a] = b`
                TableSet {
                    TableSet "table.set" (I64, I64) -> None none;
                }
                // `dst = size of table b`
                TableSize {
                    TableSize "table.size" () -> I64 none;
                }
                // `dst = reference to function b`
                RefFunc {
                    RefFunc "ref.func" () -> I64 none;
                }
                // `dst = a`, or a trap when it is null
                RefAsNonNull {
                    RefAsNonNull "ref.as_non_null" (I64) -> I64 none;
                }
                // memory and table instructions that do more than one access; the executor calls out for them. `memory.copy.filled`
                // is `memory.copy` in one memory right after a `memory.fill` of it
                Outline {
                    MemoryGrow "memory.grow" (I64) -> I64 none;
                    MemoryFill "memory.fill" (I64, I32, I64) -> None none;
                    MemoryCopy "memory.copy" (I64, I64, I64) -> None none;
                    MemoryCopyFilled "memory.copy.filled" (I64, I64, I64) -> None none;
                    MemoryInit "memory.init" (I64, I32, I32) -> None none;
                    DataDrop "data.drop" () -> None none;
                    TableGrow "table.grow" (I64, I64) -> I64 none;
                    TableFill "table.fill" (I64, I64, I64) -> None none;
                    TableCopy "table.copy" (I64, I64, I64) -> None none;
                    TableInit "table.init" (I64, I32, I32) -> None none;
                    ElemDrop "elem.drop" () -> None none;
                    MemoryGrowShared "memory.grow.shared" (I64) -> I64 none;
                    MemoryFillShared "memory.fill.shared" (I64, I32, I64) -> None none;
                    MemoryCopyShared "memory.copy.shared" (I64, I64, I64) -> None none;
                    MemoryInitShared "memory.init.shared" (I64, I32, I32) -> None none;
                    MemoryAtomicNotify "memory.atomic.notify" (I64, I32) -> I32 none;
                    MemoryAtomicWait32 "memory.atomic.wait32" (I64, I32, I64) -> I32 none;
                    MemoryAtomicWait64 "memory.atomic.wait64" (I64, I64, I64) -> I32 none;
                }
                // `(dst, dst + 1) = (a, a + 1) ∘ (a + 2, a + 3)`
                Wide4 {
                    I64Add128 "i64.add128" (I64) -> I64 i64_add128;
                    I64Sub128 "i64.sub128" (I64) -> I64 i64_sub128;
                }
                // `(dst, dst + 1) = a ∘ b`
                Wide2 {
                    I64MulWideS "i64.mul_wide_s" (I64, I64) -> I64 i64_mul_wide_s;
                    I64MulWideU "i64.mul_wide_u" (I64, I64) -> I64 i64_mul_wide_u;
                }
                // call of a function of this module: see [the frame](super)
                Call {
                    Call "call" () -> None none;
                }
                // call of an imported function
                CallImport {
                    CallImport "call_import" () -> None none;
                }
                // call through a table, of a function of the given type
                CallIndirect {
                    CallIndirect "call_indirect" (I64) -> None none;
                }
                // call through a reference
                CallRef {
                    CallRef "call_ref" (I64) -> None none;
                }
                // the same as tail calls: the arguments move to the start of the frame, and the return record after them
                ReturnCall {
                    ReturnCall "return_call" () -> None none;
                }
                ReturnCallImport {
                    ReturnCallImport "return_call_import" () -> None none;
                }
                ReturnCallIndirect {
                    ReturnCallIndirect "return_call_indirect" (I64) -> None none;
                }
                ReturnCallRef {
                    ReturnCallRef "return_call_ref" (I64) -> None none;
                }
                // throw an exception with tag `b` and the `d` cells from `a` on
                Throw {
                    Throw "throw" () -> None none;
                }
                // throw the exception that `a` refers to, or trap when it is null
                ThrowRef {
                    ThrowRef "throw_ref" (I64) -> None none;
                }
                // `pc, fp = return record`; the numbered ones say where that is, so that finding it does not wait for the op's field
                Return {
                    Return "return" () -> None none;
                    Return0 "return.0" () -> None none;
                    Return1 "return.1" () -> None none;
                    Return2 "return.2" () -> None none;
                    Return3 "return.3" () -> None none;
                }
                // `fp[0] = a`, then `return`; the value stays in the accumulator too
                ReturnValue {
                    ReturnI32 "return.i32" (I32) -> None none;
                    ReturnI64 "return.i64" (I64) -> None none;
                    ReturnF32 "return.f32" (F32) -> None none;
                    ReturnF64 "return.f64" (F64) -> None none;
                    ReturnV128 "return.v128" (V128) -> None none;
                    Return1I32 "return.1.i32" (I32) -> None none;
                    Return1I64 "return.1.i64" (I64) -> None none;
                    Return1F64 "return.1.f64" (F64) -> None none;
                    Return2I32 "return.2.i32" (I32) -> None none;
                    Return2I64 "return.2.i64" (I64) -> None none;
                    Return2F64 "return.2.f64" (F64) -> None none;
                    Return3I32 "return.3.i32" (I32) -> None none;
                    Return3I64 "return.3.i64" (I64) -> None none;
                    Return3F64 "return.3.f64" (F64) -> None none;
                }
                // `fp[d..d + b] = 0`
                ZeroCells {
                    ZeroCells "zero_cells" () -> None none;
                }
                // the same, then `pin = a`
                ZeroCellsPin {
                    ZeroCellsPin "zero_cells.pin" (I64) -> None none;
                }
                // trap unless `b` more cells of the value stack are free
                CheckStack {
                    CheckStack "check_stack" () -> None none;
                }
                // take `b` from the store's fuel, or trap when there is less
                Fuel {
                    Fuel "fuel" () -> None none;
                }
                // once the engine's epoch has reached the store's deadline, trap or ask the host, which may use the
                // value stack from `fp[b]` on
                CheckEpoch {
                    CheckEpoch "check_epoch" () -> None none;
                }
                // `pin = a`
                PinLoad {
                    PinLoad "pin_load" (I64) -> None none;
                }
                // `kept = a`, the vector that loops carry
                Keep {
                    KeepV128 "keep.v128" (V128) -> None none;
                }
                // never emitted by the translator: the executor's own ends of calls
                Runtime {
                    Halt "halt" () -> None none;
                    Translate "translate" () -> None none;
                    JumpTo "jump_to" () -> None none;
                    ReturnToInstance "return_to_instance" () -> None none;
                    EnterHost "enter_host" () -> None none;
                    EnterInstance "enter_instance" () -> None none;
                }
                // `dst = f(a, b, c)`: two integer ops in one
            Tern {
                I32ShlAdd "i32.shl+add" (I32, I32, I32) -> I32 i32_shl_add;
                I32MulAdd "i32.mul+add" (I32, I32, I32) -> I32 i32_mul_add;
                I32AddAdd "i32.add+add" (I32, I32, I32) -> I32 i32_add_add;
                I32ShrUAnd "i32.shr_u+and" (I32, I32, I32) -> I32 i32_shr_u_and;
                I32AndAdd "i32.and+add" (I32, I32, I32) -> I32 i32_and_add;
                I32AddAnd "i32.add+and" (I32, I32, I32) -> I32 i32_add_and;
                I32XorRotl "i32.xor+rotl" (I32, I32, I32) -> I32 i32_xor_rotl;
                I32RotlXor "i32.rotl+xor" (I32, I32, I32) -> I32 i32_rotl_xor;
                I32ShrUXor "i32.shr_u+xor" (I32, I32, I32) -> I32 i32_shr_u_xor;
                I64ShlAdd "i64.shl+add" (I64, I64, I64) -> I64 i64_shl_add;
                I64MulAdd "i64.mul+add" (I64, I64, I64) -> I64 i64_mul_add;
                I64AddAdd "i64.add+add" (I64, I64, I64) -> I64 i64_add_add;
                I64XorRotl "i64.xor+rotl" (I64, I64, I64) -> I64 i64_xor_rotl;
                I64RotlXor "i64.rotl+xor" (I64, I64, I64) -> I64 i64_rotl_xor;
                I64ShrUXor "i64.shr_u+xor" (I64, I64, I64) -> I64 i64_shr_u_xor;
                I64ShrUAnd "i64.shr_u+and" (I64, I64, I64) -> I64 i64_shr_u_and;
            }
            // `dst = f(a, b, c)`: two float ops in one, each rounded
            FTern {
                F32MulAdd "f32.mul+add" (F32, F32, F32) -> F32 f32_mul_add;
                F32MulSub "f32.mul+sub" (F32, F32, F32) -> F32 f32_mul_sub;
                F32SubMul "f32.sub+mul" (F32, F32, F32) -> F32 f32_sub_mul;
                F32AddMul "f32.add+mul" (F32, F32, F32) -> F32 f32_add_mul;
                F64MulAdd "f64.mul+add" (F64, F64, F64) -> F64 f64_mul_add;
                F64MulSub "f64.mul+sub" (F64, F64, F64) -> F64 f64_mul_sub;
                F64SubMul "f64.sub+mul" (F64, F64, F64) -> F64 f64_sub_mul;
                F64AddMul "f64.add+mul" (F64, F64, F64) -> F64 f64_add_mul;
            }
            // `if a & b != 0 { pc = target }`, and `== 0`
            BrTest {
                BrI32And "br_i32.and" (I32, I32) -> None i32_test;
                BrI64And "br_i64.and" (I64, I64) -> None i64_test;
                BrI32Bit "br_i32.bit" (I32, I32) -> None i32_bit;
            }
            BrNotTest {
                BrNotI32And "br_not_i32.and" (I32, I32) -> None i32_test;
                BrNotI64And "br_not_i64.and" (I64, I64) -> None i64_test;
                BrNotI32Bit "br_not_i32.bit" (I32, I32) -> None i32_bit;
            }
            // `x = x + step; if x ∘ b { pc = target }`: the end of a counting loop; it and the
            // next two let `kept` be the vector accumulator, or what is copied
            AddBr {
                AddBrI32Eq "add_br_i32.eq" (I32, I32) -> None i32_eq;
                AddBrI32Ne "add_br_i32.ne" (I32, I32) -> None i32_ne;
                AddBrI32LtS "add_br_i32.lt_s" (I32, I32) -> None i32_lt_s;
                AddBrI32LtU "add_br_i32.lt_u" (I32, I32) -> None i32_lt_u;
                AddBrI32GtS "add_br_i32.gt_s" (I32, I32) -> None i32_gt_s;
                AddBrI32GtU "add_br_i32.gt_u" (I32, I32) -> None i32_gt_u;
                AddBrI32LeS "add_br_i32.le_s" (I32, I32) -> None i32_le_s;
                AddBrI32LeU "add_br_i32.le_u" (I32, I32) -> None i32_le_u;
                AddBrI32GeS "add_br_i32.ge_s" (I32, I32) -> None i32_ge_s;
                AddBrI32GeU "add_br_i32.ge_u" (I32, I32) -> None i32_ge_u;
                AddBrI64Eq "add_br_i64.eq" (I64, I64) -> None i64_eq;
                AddBrI64Ne "add_br_i64.ne" (I64, I64) -> None i64_ne;
                AddBrI64LtS "add_br_i64.lt_s" (I64, I64) -> None i64_lt_s;
                AddBrI64LtU "add_br_i64.lt_u" (I64, I64) -> None i64_lt_u;
                AddBrI64GtS "add_br_i64.gt_s" (I64, I64) -> None i64_gt_s;
                AddBrI64GtU "add_br_i64.gt_u" (I64, I64) -> None i64_gt_u;
                AddBrI64LeS "add_br_i64.le_s" (I64, I64) -> None i64_le_s;
                AddBrI64LeU "add_br_i64.le_u" (I64, I64) -> None i64_le_u;
                AddBrI64GeS "add_br_i64.ge_s" (I64, I64) -> None i64_ge_s;
                AddBrI64GeU "add_br_i64.ge_u" (I64, I64) -> None i64_ge_u;
            }
            // `y = y + c; x = x + step; if x ∘ b { pc = target }`: the same with a second counter
            AddBr2 {
                AddBr2I32Eq "add_br2_i32.eq" (I32, I32) -> None i32_eq;
                AddBr2I32Ne "add_br2_i32.ne" (I32, I32) -> None i32_ne;
            }
            // `dst = b; x = x + step; if x ∘ c { pc = target }`, on 32-bit integers and a vector
            CopyAddBr {
                CopyAddBrI32Eq "copy.v128+add_br_i32.eq" (I32, V128) -> None i32_eq;
                CopyAddBrI32Ne "copy.v128+add_br_i32.ne" (I32, V128) -> None i32_ne;
                CopyAddBrI32LtS "copy.v128+add_br_i32.lt_s" (I32, V128) -> None i32_lt_s;
                CopyAddBrI32LtU "copy.v128+add_br_i32.lt_u" (I32, V128) -> None i32_lt_u;
                CopyAddBrI32GtS "copy.v128+add_br_i32.gt_s" (I32, V128) -> None i32_gt_s;
                CopyAddBrI32GtU "copy.v128+add_br_i32.gt_u" (I32, V128) -> None i32_gt_u;
                CopyAddBrI32LeS "copy.v128+add_br_i32.le_s" (I32, V128) -> None i32_le_s;
                CopyAddBrI32LeU "copy.v128+add_br_i32.le_u" (I32, V128) -> None i32_le_u;
                CopyAddBrI32GeS "copy.v128+add_br_i32.ge_s" (I32, V128) -> None i32_ge_s;
                CopyAddBrI32GeU "copy.v128+add_br_i32.ge_u" (I32, V128) -> None i32_ge_u;
            }
            // `dst = a + step; if dst ∘ b { pc = target }`
            SumBr {
                SumBrI32Eq "sum_br_i32.eq" (I32, I32) -> None i32_eq;
                SumBrI32Ne "sum_br_i32.ne" (I32, I32) -> None i32_ne;
                SumBrI32LtS "sum_br_i32.lt_s" (I32, I32) -> None i32_lt_s;
                SumBrI32LtU "sum_br_i32.lt_u" (I32, I32) -> None i32_lt_u;
                SumBrI32GtS "sum_br_i32.gt_s" (I32, I32) -> None i32_gt_s;
                SumBrI32GtU "sum_br_i32.gt_u" (I32, I32) -> None i32_gt_u;
                SumBrI32LeS "sum_br_i32.le_s" (I32, I32) -> None i32_le_s;
                SumBrI32LeU "sum_br_i32.le_u" (I32, I32) -> None i32_le_u;
                SumBrI32GeS "sum_br_i32.ge_s" (I32, I32) -> None i32_ge_s;
                SumBrI32GeU "sum_br_i32.ge_u" (I32, I32) -> None i32_ge_u;
            }
            // `dst = a & mask; if dst ∘ b { pc = target }`
            AndBr {
                AndBrI32Eq "and_br_i32.eq" (I32, I32) -> None i32_eq;
                AndBrI32Ne "and_br_i32.ne" (I32, I32) -> None i32_ne;
                AndBrI32LtS "and_br_i32.lt_s" (I32, I32) -> None i32_lt_s;
                AndBrI32LtU "and_br_i32.lt_u" (I32, I32) -> None i32_lt_u;
                AndBrI32GtS "and_br_i32.gt_s" (I32, I32) -> None i32_gt_s;
                AndBrI32GtU "and_br_i32.gt_u" (I32, I32) -> None i32_gt_u;
                AndBrI32LeS "and_br_i32.le_s" (I32, I32) -> None i32_le_s;
                AndBrI32LeU "and_br_i32.le_u" (I32, I32) -> None i32_le_u;
                AndBrI32GeS "and_br_i32.ge_s" (I32, I32) -> None i32_ge_s;
                AndBrI32GeU "and_br_i32.ge_u" (I32, I32) -> None i32_ge_u;
            }
            // `dst = memory 0 [zext(a) + offset]; if dst ∘ b { pc = target }`, of four bytes
            LoadBr {
                LoadBrI32Eq "load_br_i32.eq" (I32, I32) -> None i32_eq;
                LoadBrI32Ne "load_br_i32.ne" (I32, I32) -> None i32_ne;
                LoadBrI32LtS "load_br_i32.lt_s" (I32, I32) -> None i32_lt_s;
                LoadBrI32LtU "load_br_i32.lt_u" (I32, I32) -> None i32_lt_u;
                LoadBrI32GtS "load_br_i32.gt_s" (I32, I32) -> None i32_gt_s;
                LoadBrI32GtU "load_br_i32.gt_u" (I32, I32) -> None i32_gt_u;
                LoadBrI32LeS "load_br_i32.le_s" (I32, I32) -> None i32_le_s;
                LoadBrI32LeU "load_br_i32.le_u" (I32, I32) -> None i32_le_u;
                LoadBrI32GeS "load_br_i32.ge_s" (I32, I32) -> None i32_ge_s;
                LoadBrI32GeU "load_br_i32.ge_u" (I32, I32) -> None i32_ge_u;
            }
            // the same of one byte, zero-extended
            Load8Br {
                Load8BrI32Eq "load8_u_br_i32.eq" (I32, I32) -> None i32_eq;
                Load8BrI32Ne "load8_u_br_i32.ne" (I32, I32) -> None i32_ne;
                Load8BrI32LtS "load8_u_br_i32.lt_s" (I32, I32) -> None i32_lt_s;
                Load8BrI32LtU "load8_u_br_i32.lt_u" (I32, I32) -> None i32_lt_u;
                Load8BrI32GtS "load8_u_br_i32.gt_s" (I32, I32) -> None i32_gt_s;
                Load8BrI32GtU "load8_u_br_i32.gt_u" (I32, I32) -> None i32_gt_u;
                Load8BrI32LeS "load8_u_br_i32.le_s" (I32, I32) -> None i32_le_s;
                Load8BrI32LeU "load8_u_br_i32.le_u" (I32, I32) -> None i32_le_u;
                Load8BrI32GeS "load8_u_br_i32.ge_s" (I32, I32) -> None i32_ge_s;
                Load8BrI32GeU "load8_u_br_i32.ge_u" (I32, I32) -> None i32_ge_u;
            }
            // `if x != 0 { memory 0 [zext(a) + offset ..][..x] = b, each byte; x = 0 }`, or `if x != 0 { pc = target }` where that
            // would trap
            FillLoop {
                FillLoop "fill_loop" (I32, I32, I32) -> None none;
            }
            // `if x != c { memory 0 [zext(a + x) ..][..c - x] = memory 0 [zext(b + x) ..][..c - x], byte by byte; x = c }`, or
            // `if x != c { pc = target }` where that would trap, or where the step, named last, is not 1
            CopyLoop {
                CopyLoop "copy_loop" (I32, I32, I32) -> None none;
            }
            // `dst = a; if b == 0 { pc = target }`, and `!= 0`
            CopyBrIf {
                CopyBrEqz "copy_br_eqz" (I64, I64) -> None none;
                CopyBrNez "copy_br_nez" (I64, I64) -> None none;
            }
            // `dst = memory 0 [zext(memory 0 [zext(a) + offset]) + offset]`: through a pointer of four bytes
            LoadLoad {
                LoadI32Load "load_i32.load" (I32) -> I32 load_u32;
                LoadI32Load8S "load_i32.load8_s" (I32) -> I32 load_i32_8s;
                LoadI32Load8U "load_i32.load8_u" (I32) -> I32 load_u8;
                LoadI32Load16S "load_i32.load16_s" (I32) -> I32 load_i32_16s;
                LoadI32Load16U "load_i32.load16_u" (I32) -> I32 load_u16;
                LoadI64Load "load_i64.load" (I32) -> I64 load_u64;
            }
            // `dst = memory 0 [zext(a + b * scale) + offset]`, the sum wrapping at 32 bits; the scale is the shape's
            LoadX1 {
                I32LoadX1 "i32.load.x1" (I32, I32) -> I32 load_u32;
                I32Load8SX1 "i32.load8_s.x1" (I32, I32) -> I32 load_i32_8s;
                I32Load8UX1 "i32.load8_u.x1" (I32, I32) -> I32 load_u8;
                I32Load16SX1 "i32.load16_s.x1" (I32, I32) -> I32 load_i32_16s;
                I32Load16UX1 "i32.load16_u.x1" (I32, I32) -> I32 load_u16;
                I64LoadX1 "i64.load.x1" (I32, I32) -> I64 load_u64;
                F32LoadX1 "f32.load.x1" (I32, I32) -> F32 load_f32;
                F64LoadX1 "f64.load.x1" (I32, I32) -> F64 load_f64;
            }
            LoadX2 {
                I32Load16SX2 "i32.load16_s.x2" (I32, I32) -> I32 load_i32_16s;
                I32Load16UX2 "i32.load16_u.x2" (I32, I32) -> I32 load_u16;
            }
            LoadX4 {
                I32LoadX4 "i32.load.x4" (I32, I32) -> I32 load_u32;
                F32LoadX4 "f32.load.x4" (I32, I32) -> F32 load_f32;
            }
            LoadX8 {
                I64LoadX8 "i64.load.x8" (I32, I32) -> I64 load_u64;
                F64LoadX8 "f64.load.x8" (I32, I32) -> F64 load_f64;
            }
            // `memory 0 [zext(a + b * scale) + offset] = c`
            StoreX1 {
                Store8X1 "store8.x1" (I32, I32, I64) -> None store_u8;
                Store16X1 "store16.x1" (I32, I32, I64) -> None store_u16;
                Store32X1 "store32.x1" (I32, I32, I64) -> None store_u32;
                Store64X1 "store64.x1" (I32, I32, I64) -> None store_u64;
            }
            StoreX2 {
                Store16X2 "store16.x2" (I32, I32, I64) -> None store_u16;
            }
            StoreX4 {
                Store32X4 "store32.x4" (I32, I32, I64) -> None store_u32;
            }
            StoreX8 {
                Store64X8 "store64.x8" (I32, I32, I64) -> None store_u64;
            }
            // `dst = memory 0 [zext(a + b)]`, the sum with the constant wrapping at 32 bits
            LoadSum {
                I32LoadSum "i32.load.sum" (I32) -> I32 load_u32;
                I32Load8SSum "i32.load8_s.sum" (I32) -> I32 load_i32_8s;
                I32Load8USum "i32.load8_u.sum" (I32) -> I32 load_u8;
                I32Load16SSum "i32.load16_s.sum" (I32) -> I32 load_i32_16s;
                I32Load16USum "i32.load16_u.sum" (I32) -> I32 load_u16;
                I64LoadSum "i64.load.sum" (I32) -> I64 load_u64;
                I64Load8SSum "i64.load8_s.sum" (I32) -> I64 load_i64_8s;
                I64Load16SSum "i64.load16_s.sum" (I32) -> I64 load_i64_16s;
                I64Load32SSum "i64.load32_s.sum" (I32) -> I64 load_i64_32s;
                F32LoadSum "f32.load.sum" (I32) -> F32 load_f32;
                F64LoadSum "f64.load.sum" (I32) -> F64 load_f64;
            }
            // `memory 0 [zext(a + c)] = b`, likewise
            StoreSum {
                Store8Sum "store8.sum" (I32, I64) -> None store_u8;
                Store16Sum "store16.sum" (I32, I64) -> None store_u16;
                Store32Sum "store32.sum" (I32, I64) -> None store_u32;
                Store64Sum "store64.sum" (I32, I64) -> None store_u64;
            }
            FStoreSum {
                F32StoreSum "f32.store.sum" (I32, F32) -> None store_f32;
                F64StoreSum "f64.store.sum" (I32, F64) -> None store_f64;
            }
            // `x = x + c; y = y + d`: two steps of counters
            Add2 {
                I32Add2 "i32.add2" (I32, I32) -> None none;
            }
            // `x, y = y, x + y`: the step of a recurrence, also into the accumulator
            AddShift {
                I32AddShift "i32.add_shift" (I32, I32) -> None none;
                I64AddShift "i64.add_shift" (I64, I64) -> None none;
            }
            // `x = x + step`, as often as it is certain that the branch of a loop that does no more would go back
            Ahead {
                AheadI32 "ahead_i32" (I32, I32) -> None none;
                AheadI64 "ahead_i64" (I64, I64) -> None none;
            }
            // `y, z = z, y + z; x = x + step`, likewise, where the loop makes the first of these steps before; `z` also into the
            // accumulator. The type named first is that of `y` and `z`
            AddShiftAhead {
                I32AddShiftAheadI32 "i32.add_shift+ahead_i32" (I32, I32) -> None none;
                I32AddShiftAheadI64 "i32.add_shift+ahead_i64" (I32, I64) -> None none;
                I64AddShiftAheadI32 "i64.add_shift+ahead_i32" (I64, I32) -> None none;
                I64AddShiftAheadI64 "i64.add_shift+ahead_i64" (I64, I64) -> None none;
            }
            // `dst = a ∘ constant` for constants that field B does not take
            ComWide {
                I64AddWide "i64.add.wide" (I64, I64) -> I64 i64_add;
                I64MulWide "i64.mul.wide" (I64, I64) -> I64 i64_mul;
                I64AndWide "i64.and.wide" (I64, I64) -> I64 i64_and;
                I64OrWide "i64.or.wide" (I64, I64) -> I64 i64_or;
                I64XorWide "i64.xor.wide" (I64, I64) -> I64 i64_xor;
            }
            // `dst = globals[b] = globals[b] + step`
            GlobalStep {
                GlobalStepI32 "global.step.i32" () -> I32 none;
            }
            // `globals[b] = a + step`
            GlobalSetSum {
                GlobalSetSumI32 "global.set.sum.i32" (I32) -> None none;
            }
            // two copies, the first one first; constants are from 0 to 32767
            Copy2 {
                Copy2 "copy2" (I64, I64) -> None none;
            }
            // `dst = a; pc = target`; a constant is from 0 to 32767. Word 2 is free
            CopyJump {
                CopyJump "copy_jump" (I64) -> None none;
            }
            // two copies, the first one first, then `pc = target`; likewise
            Copy2Jump {
                Copy2Jump "copy2_jump" (I64, I64) -> None none;
            }
            // `memory 0 [zext(a) + offset] = memory 0 [zext(b) + offset]`, raw bytes
            LoadStore {
                LoadStore8 "load_store8" (I32, I32) -> None none;
                LoadStore16 "load_store16" (I32, I32) -> None none;
                LoadStore32 "load_store32" (I32, I32) -> None none;
                LoadStore64 "load_store64" (I32, I32) -> None none;
            }
            // `memory 0 [zext(a) + offset] += b`
            AddTo {
                I32AddTo "i32.add_to" (I32, I32) -> None none;
                I64AddTo "i64.add_to" (I32, I64) -> None none;
            }
            // `dst = memory 0 [zext(a + d) + offset] * b + c`, of which `d` is a constant
            LoadMulAdd {
                I32LoadMulAdd "i32.load+mul+add" (I32, I32, I32) -> I32 load_u32;
                I32Load8SMulAdd "i32.load8_s+mul+add" (I32, I32, I32) -> I32 load_i32_8s;
                I32Load16SMulAdd "i32.load16_s+mul+add" (I32, I32, I32) -> I32 load_i32_16s;
                F32LoadMulAdd "f32.load+mul+add" (I32, F32, F32) -> F32 load_f32;
                F64LoadMulAdd "f64.load+mul+add" (I32, F64, F64) -> F64 load_f64;
            }
            // `to = a; dst = memory 0 [zext(a) + offset]`: a step along a list
            CopyLoad {
                CopyI32Load "copy_i32.load" (I32) -> I32 load_u32;
            }
            // `dst = if a & mask != 0 { b } else { c }`
            SelectBits {
                SelectI32And "select_i32.and" (I32, I32, I32) -> I32 none;
            }
                // `dst = memory 0 [zext(a) + offset]` as a `v128`, through the function named last
                VLoad {
                    V128Load "v128.load" (I32) -> V128 load_v128;
                    V128Load8x8S "v128.load8x8_s" (I32) -> V128 v128_load8x8_s;
                    V128Load8x8U "v128.load8x8_u" (I32) -> V128 v128_load8x8_u;
                    V128Load16x4S "v128.load16x4_s" (I32) -> V128 v128_load16x4_s;
                    V128Load16x4U "v128.load16x4_u" (I32) -> V128 v128_load16x4_u;
                    V128Load32x2S "v128.load32x2_s" (I32) -> V128 v128_load32x2_s;
                    V128Load32x2U "v128.load32x2_u" (I32) -> V128 v128_load32x2_u;
                    V128Load8Splat "v128.load8_splat" (I32) -> V128 i8x16_splat;
                    V128Load16Splat "v128.load16_splat" (I32) -> V128 i16x8_splat;
                    V128Load32Splat "v128.load32_splat" (I32) -> V128 i32x4_splat;
                    V128Load64Splat "v128.load64_splat" (I32) -> V128 i64x2_splat;
                    V128Load32Zero "v128.load32_zero" (I32) -> V128 v128_load32_zero;
                    V128Load64Zero "v128.load64_zero" (I32) -> V128 v128_load64_zero;
                }
                // the same from `memory 0 [zext(a + c)]`, of which `c` is a constant
                VLoadSum {
                    V128LoadSum "v128.load.sum" (I32) -> V128 load_v128;
                    V128Load8x8SSum "v128.load8x8_s.sum" (I32) -> V128 v128_load8x8_s;
                    V128Load8x8USum "v128.load8x8_u.sum" (I32) -> V128 v128_load8x8_u;
                    V128Load16x4SSum "v128.load16x4_s.sum" (I32) -> V128 v128_load16x4_s;
                    V128Load16x4USum "v128.load16x4_u.sum" (I32) -> V128 v128_load16x4_u;
                    V128Load32x2SSum "v128.load32x2_s.sum" (I32) -> V128 v128_load32x2_s;
                    V128Load32x2USum "v128.load32x2_u.sum" (I32) -> V128 v128_load32x2_u;
                    V128Load8SplatSum "v128.load8_splat.sum" (I32) -> V128 i8x16_splat;
                    V128Load16SplatSum "v128.load16_splat.sum" (I32) -> V128 i16x8_splat;
                    V128Load32SplatSum "v128.load32_splat.sum" (I32) -> V128 i32x4_splat;
                    V128Load64SplatSum "v128.load64_splat.sum" (I32) -> V128 i64x2_splat;
                    V128Load32ZeroSum "v128.load32_zero.sum" (I32) -> V128 v128_load32_zero;
                    V128Load64ZeroSum "v128.load64_zero.sum" (I32) -> V128 v128_load64_zero;
                }
                // the same from `memory 0 [zext(a + b) + offset]`
                VLoadX1 {
                    V128LoadX1 "v128.load.x1" (I32, I32) -> V128 load_v128;
                    V128Load8x8SX1 "v128.load8x8_s.x1" (I32, I32) -> V128 v128_load8x8_s;
                    V128Load8x8UX1 "v128.load8x8_u.x1" (I32, I32) -> V128 v128_load8x8_u;
                    V128Load32SplatX1 "v128.load32_splat.x1" (I32, I32) -> V128 i32x4_splat;
                    V128Load64SplatX1 "v128.load64_splat.x1" (I32, I32) -> V128 i64x2_splat;
                    V128Load64ZeroX1 "v128.load64_zero.x1" (I32, I32) -> V128 v128_load64_zero;
                }
            // `dst = ∘ a` on vectors
                VUn {
                    V128Not "v128.not" (V128) -> V128 v128_not;
                    I8x16Abs "i8x16.abs" (V128) -> V128 i8x16_abs;
                    I8x16Neg "i8x16.neg" (V128) -> V128 i8x16_neg;
                    I16x8Abs "i16x8.abs" (V128) -> V128 i16x8_abs;
                    I16x8Neg "i16x8.neg" (V128) -> V128 i16x8_neg;
                    I32x4Abs "i32x4.abs" (V128) -> V128 i32x4_abs;
                    I32x4Neg "i32x4.neg" (V128) -> V128 i32x4_neg;
                    I64x2Abs "i64x2.abs" (V128) -> V128 i64x2_abs;
                    I64x2Neg "i64x2.neg" (V128) -> V128 i64x2_neg;
                    I8x16Popcnt "i8x16.popcnt" (V128) -> V128 i8x16_popcnt;
                    I16x8ExtaddPairwiseI8x16S "i16x8.extadd_pairwise_i8x16_s" (V128) -> V128 i16x8_extadd_pairwise_i8x16_s;
                    I16x8ExtaddPairwiseI8x16U "i16x8.extadd_pairwise_i8x16_u" (V128) -> V128 i16x8_extadd_pairwise_i8x16_u;
                    I32x4ExtaddPairwiseI16x8S "i32x4.extadd_pairwise_i16x8_s" (V128) -> V128 i32x4_extadd_pairwise_i16x8_s;
                    I32x4ExtaddPairwiseI16x8U "i32x4.extadd_pairwise_i16x8_u" (V128) -> V128 i32x4_extadd_pairwise_i16x8_u;
                    I16x8ExtendLowI8x16S "i16x8.extend_low_i8x16_s" (V128) -> V128 i16x8_extend_low_i8x16_s;
                    I16x8ExtendLowI8x16U "i16x8.extend_low_i8x16_u" (V128) -> V128 i16x8_extend_low_i8x16_u;
                    I16x8ExtendHighI8x16S "i16x8.extend_high_i8x16_s" (V128) -> V128 i16x8_extend_high_i8x16_s;
                    I16x8ExtendHighI8x16U "i16x8.extend_high_i8x16_u" (V128) -> V128 i16x8_extend_high_i8x16_u;
                    I32x4ExtendLowI16x8S "i32x4.extend_low_i16x8_s" (V128) -> V128 i32x4_extend_low_i16x8_s;
                    I32x4ExtendLowI16x8U "i32x4.extend_low_i16x8_u" (V128) -> V128 i32x4_extend_low_i16x8_u;
                    I32x4ExtendHighI16x8S "i32x4.extend_high_i16x8_s" (V128) -> V128 i32x4_extend_high_i16x8_s;
                    I32x4ExtendHighI16x8U "i32x4.extend_high_i16x8_u" (V128) -> V128 i32x4_extend_high_i16x8_u;
                    I64x2ExtendLowI32x4S "i64x2.extend_low_i32x4_s" (V128) -> V128 i64x2_extend_low_i32x4_s;
                    I64x2ExtendLowI32x4U "i64x2.extend_low_i32x4_u" (V128) -> V128 i64x2_extend_low_i32x4_u;
                    I64x2ExtendHighI32x4S "i64x2.extend_high_i32x4_s" (V128) -> V128 i64x2_extend_high_i32x4_s;
                    I64x2ExtendHighI32x4U "i64x2.extend_high_i32x4_u" (V128) -> V128 i64x2_extend_high_i32x4_u;
                    F32x4Ceil "f32x4.ceil" (V128) -> V128 f32x4_ceil;
                    F32x4Floor "f32x4.floor" (V128) -> V128 f32x4_floor;
                    F32x4Trunc "f32x4.trunc" (V128) -> V128 f32x4_trunc;
                    F32x4Nearest "f32x4.nearest" (V128) -> V128 f32x4_nearest;
                    F32x4Abs "f32x4.abs" (V128) -> V128 f32x4_abs;
                    F32x4Neg "f32x4.neg" (V128) -> V128 f32x4_neg;
                    F32x4Sqrt "f32x4.sqrt" (V128) -> V128 f32x4_sqrt;
                    F64x2Ceil "f64x2.ceil" (V128) -> V128 f64x2_ceil;
                    F64x2Floor "f64x2.floor" (V128) -> V128 f64x2_floor;
                    F64x2Trunc "f64x2.trunc" (V128) -> V128 f64x2_trunc;
                    F64x2Nearest "f64x2.nearest" (V128) -> V128 f64x2_nearest;
                    F64x2Abs "f64x2.abs" (V128) -> V128 f64x2_abs;
                    F64x2Neg "f64x2.neg" (V128) -> V128 f64x2_neg;
                    F64x2Sqrt "f64x2.sqrt" (V128) -> V128 f64x2_sqrt;
                    I32x4TruncSatF32x4S "i32x4.trunc_sat_f32x4_s" (V128) -> V128 i32x4_trunc_sat_f32x4_s;
                    I32x4TruncSatF32x4U "i32x4.trunc_sat_f32x4_u" (V128) -> V128 i32x4_trunc_sat_f32x4_u;
                    F32x4ConvertI32x4S "f32x4.convert_i32x4_s" (V128) -> V128 f32x4_convert_i32x4_s;
                    F32x4ConvertI32x4U "f32x4.convert_i32x4_u" (V128) -> V128 f32x4_convert_i32x4_u;
                    I32x4TruncSatF64x2SZero "i32x4.trunc_sat_f64x2_s_zero" (V128) -> V128 i32x4_trunc_sat_f64x2_s_zero;
                    I32x4TruncSatF64x2UZero "i32x4.trunc_sat_f64x2_u_zero" (V128) -> V128 i32x4_trunc_sat_f64x2_u_zero;
                    F64x2ConvertLowI32x4S "f64x2.convert_low_i32x4_s" (V128) -> V128 f64x2_convert_low_i32x4_s;
                    F64x2ConvertLowI32x4U "f64x2.convert_low_i32x4_u" (V128) -> V128 f64x2_convert_low_i32x4_u;
                    F32x4DemoteF64x2Zero "f32x4.demote_f64x2_zero" (V128) -> V128 f32x4_demote_f64x2_zero;
                    F64x2PromoteLowF32x4 "f64x2.promote_low_f32x4" (V128) -> V128 f64x2_promote_low_f32x4;
                    I32x4RelaxedTruncF32x4S "i32x4.relaxed_trunc_f32x4_s" (V128) -> V128 i32x4_relaxed_trunc_f32x4_s;
                    I32x4RelaxedTruncF32x4U "i32x4.relaxed_trunc_f32x4_u" (V128) -> V128 i32x4_relaxed_trunc_f32x4_u;
                    I32x4RelaxedTruncF64x2SZero "i32x4.relaxed_trunc_f64x2_s_zero" (V128) -> V128 i32x4_relaxed_trunc_f64x2_s_zero;
                    I32x4RelaxedTruncF64x2UZero "i32x4.relaxed_trunc_f64x2_u_zero" (V128) -> V128 i32x4_relaxed_trunc_f64x2_u_zero;
                }
                // `dst = a ∘ b` on vectors
                VBin {
                    I8x16Swizzle "i8x16.swizzle" (V128, V128) -> V128 i8x16_swizzle;
                    V128And "v128.and" (V128, V128) -> V128 v128_and;
                    V128Andnot "v128.andnot" (V128, V128) -> V128 v128_andnot;
                    V128Or "v128.or" (V128, V128) -> V128 v128_or;
                    V128Xor "v128.xor" (V128, V128) -> V128 v128_xor;
                    I8x16Eq "i8x16.eq" (V128, V128) -> V128 i8x16_eq;
                    I8x16Ne "i8x16.ne" (V128, V128) -> V128 i8x16_ne;
                    I8x16LtS "i8x16.lt_s" (V128, V128) -> V128 i8x16_lt_s;
                    I8x16LtU "i8x16.lt_u" (V128, V128) -> V128 i8x16_lt_u;
                    I8x16GtS "i8x16.gt_s" (V128, V128) -> V128 i8x16_gt_s;
                    I8x16GtU "i8x16.gt_u" (V128, V128) -> V128 i8x16_gt_u;
                    I8x16LeS "i8x16.le_s" (V128, V128) -> V128 i8x16_le_s;
                    I8x16LeU "i8x16.le_u" (V128, V128) -> V128 i8x16_le_u;
                    I8x16GeS "i8x16.ge_s" (V128, V128) -> V128 i8x16_ge_s;
                    I8x16GeU "i8x16.ge_u" (V128, V128) -> V128 i8x16_ge_u;
                    I16x8Eq "i16x8.eq" (V128, V128) -> V128 i16x8_eq;
                    I16x8Ne "i16x8.ne" (V128, V128) -> V128 i16x8_ne;
                    I16x8LtS "i16x8.lt_s" (V128, V128) -> V128 i16x8_lt_s;
                    I16x8LtU "i16x8.lt_u" (V128, V128) -> V128 i16x8_lt_u;
                    I16x8GtS "i16x8.gt_s" (V128, V128) -> V128 i16x8_gt_s;
                    I16x8GtU "i16x8.gt_u" (V128, V128) -> V128 i16x8_gt_u;
                    I16x8LeS "i16x8.le_s" (V128, V128) -> V128 i16x8_le_s;
                    I16x8LeU "i16x8.le_u" (V128, V128) -> V128 i16x8_le_u;
                    I16x8GeS "i16x8.ge_s" (V128, V128) -> V128 i16x8_ge_s;
                    I16x8GeU "i16x8.ge_u" (V128, V128) -> V128 i16x8_ge_u;
                    I32x4Eq "i32x4.eq" (V128, V128) -> V128 i32x4_eq;
                    I32x4Ne "i32x4.ne" (V128, V128) -> V128 i32x4_ne;
                    I32x4LtS "i32x4.lt_s" (V128, V128) -> V128 i32x4_lt_s;
                    I32x4LtU "i32x4.lt_u" (V128, V128) -> V128 i32x4_lt_u;
                    I32x4GtS "i32x4.gt_s" (V128, V128) -> V128 i32x4_gt_s;
                    I32x4GtU "i32x4.gt_u" (V128, V128) -> V128 i32x4_gt_u;
                    I32x4LeS "i32x4.le_s" (V128, V128) -> V128 i32x4_le_s;
                    I32x4LeU "i32x4.le_u" (V128, V128) -> V128 i32x4_le_u;
                    I32x4GeS "i32x4.ge_s" (V128, V128) -> V128 i32x4_ge_s;
                    I32x4GeU "i32x4.ge_u" (V128, V128) -> V128 i32x4_ge_u;
                    I64x2Eq "i64x2.eq" (V128, V128) -> V128 i64x2_eq;
                    I64x2Ne "i64x2.ne" (V128, V128) -> V128 i64x2_ne;
                    I64x2LtS "i64x2.lt_s" (V128, V128) -> V128 i64x2_lt_s;
                    I64x2GtS "i64x2.gt_s" (V128, V128) -> V128 i64x2_gt_s;
                    I64x2LeS "i64x2.le_s" (V128, V128) -> V128 i64x2_le_s;
                    I64x2GeS "i64x2.ge_s" (V128, V128) -> V128 i64x2_ge_s;
                    F32x4Eq "f32x4.eq" (V128, V128) -> V128 f32x4_eq;
                    F32x4Ne "f32x4.ne" (V128, V128) -> V128 f32x4_ne;
                    F32x4Lt "f32x4.lt" (V128, V128) -> V128 f32x4_lt;
                    F32x4Gt "f32x4.gt" (V128, V128) -> V128 f32x4_gt;
                    F32x4Le "f32x4.le" (V128, V128) -> V128 f32x4_le;
                    F32x4Ge "f32x4.ge" (V128, V128) -> V128 f32x4_ge;
                    F64x2Eq "f64x2.eq" (V128, V128) -> V128 f64x2_eq;
                    F64x2Ne "f64x2.ne" (V128, V128) -> V128 f64x2_ne;
                    F64x2Lt "f64x2.lt" (V128, V128) -> V128 f64x2_lt;
                    F64x2Gt "f64x2.gt" (V128, V128) -> V128 f64x2_gt;
                    F64x2Le "f64x2.le" (V128, V128) -> V128 f64x2_le;
                    F64x2Ge "f64x2.ge" (V128, V128) -> V128 f64x2_ge;
                    I8x16NarrowI16x8S "i8x16.narrow_i16x8_s" (V128, V128) -> V128 i8x16_narrow_i16x8_s;
                    I8x16NarrowI16x8U "i8x16.narrow_i16x8_u" (V128, V128) -> V128 i8x16_narrow_i16x8_u;
                    I16x8NarrowI32x4S "i16x8.narrow_i32x4_s" (V128, V128) -> V128 i16x8_narrow_i32x4_s;
                    I16x8NarrowI32x4U "i16x8.narrow_i32x4_u" (V128, V128) -> V128 i16x8_narrow_i32x4_u;
                    I8x16Add "i8x16.add" (V128, V128) -> V128 i8x16_add;
                    I8x16Sub "i8x16.sub" (V128, V128) -> V128 i8x16_sub;
                    I16x8Add "i16x8.add" (V128, V128) -> V128 i16x8_add;
                    I16x8Sub "i16x8.sub" (V128, V128) -> V128 i16x8_sub;
                    I32x4Add "i32x4.add" (V128, V128) -> V128 i32x4_add;
                    I32x4Sub "i32x4.sub" (V128, V128) -> V128 i32x4_sub;
                    I64x2Add "i64x2.add" (V128, V128) -> V128 i64x2_add;
                    I64x2Sub "i64x2.sub" (V128, V128) -> V128 i64x2_sub;
                    I8x16AddSatS "i8x16.add_sat_s" (V128, V128) -> V128 i8x16_add_sat_s;
                    I8x16AddSatU "i8x16.add_sat_u" (V128, V128) -> V128 i8x16_add_sat_u;
                    I8x16SubSatS "i8x16.sub_sat_s" (V128, V128) -> V128 i8x16_sub_sat_s;
                    I8x16SubSatU "i8x16.sub_sat_u" (V128, V128) -> V128 i8x16_sub_sat_u;
                    I8x16AvgrU "i8x16.avgr_u" (V128, V128) -> V128 i8x16_avgr_u;
                    I16x8AddSatS "i16x8.add_sat_s" (V128, V128) -> V128 i16x8_add_sat_s;
                    I16x8AddSatU "i16x8.add_sat_u" (V128, V128) -> V128 i16x8_add_sat_u;
                    I16x8SubSatS "i16x8.sub_sat_s" (V128, V128) -> V128 i16x8_sub_sat_s;
                    I16x8SubSatU "i16x8.sub_sat_u" (V128, V128) -> V128 i16x8_sub_sat_u;
                    I16x8AvgrU "i16x8.avgr_u" (V128, V128) -> V128 i16x8_avgr_u;
                    I8x16MinS "i8x16.min_s" (V128, V128) -> V128 i8x16_min_s;
                    I8x16MinU "i8x16.min_u" (V128, V128) -> V128 i8x16_min_u;
                    I8x16MaxS "i8x16.max_s" (V128, V128) -> V128 i8x16_max_s;
                    I8x16MaxU "i8x16.max_u" (V128, V128) -> V128 i8x16_max_u;
                    I16x8MinS "i16x8.min_s" (V128, V128) -> V128 i16x8_min_s;
                    I16x8MinU "i16x8.min_u" (V128, V128) -> V128 i16x8_min_u;
                    I16x8MaxS "i16x8.max_s" (V128, V128) -> V128 i16x8_max_s;
                    I16x8MaxU "i16x8.max_u" (V128, V128) -> V128 i16x8_max_u;
                    I32x4MinS "i32x4.min_s" (V128, V128) -> V128 i32x4_min_s;
                    I32x4MinU "i32x4.min_u" (V128, V128) -> V128 i32x4_min_u;
                    I32x4MaxS "i32x4.max_s" (V128, V128) -> V128 i32x4_max_s;
                    I32x4MaxU "i32x4.max_u" (V128, V128) -> V128 i32x4_max_u;
                    I16x8Mul "i16x8.mul" (V128, V128) -> V128 i16x8_mul;
                    I32x4Mul "i32x4.mul" (V128, V128) -> V128 i32x4_mul;
                    I64x2Mul "i64x2.mul" (V128, V128) -> V128 i64x2_mul;
                    I16x8Q15mulrSatS "i16x8.q15mulr_sat_s" (V128, V128) -> V128 i16x8_q15mulr_sat_s;
                    I32x4DotI16x8S "i32x4.dot_i16x8_s" (V128, V128) -> V128 i32x4_dot_i16x8_s;
                    I16x8ExtmulLowI8x16S "i16x8.extmul_low_i8x16_s" (V128, V128) -> V128 i16x8_extmul_low_i8x16_s;
                    I16x8ExtmulLowI8x16U "i16x8.extmul_low_i8x16_u" (V128, V128) -> V128 i16x8_extmul_low_i8x16_u;
                    I16x8ExtmulHighI8x16S "i16x8.extmul_high_i8x16_s" (V128, V128) -> V128 i16x8_extmul_high_i8x16_s;
                    I16x8ExtmulHighI8x16U "i16x8.extmul_high_i8x16_u" (V128, V128) -> V128 i16x8_extmul_high_i8x16_u;
                    I32x4ExtmulLowI16x8S "i32x4.extmul_low_i16x8_s" (V128, V128) -> V128 i32x4_extmul_low_i16x8_s;
                    I32x4ExtmulLowI16x8U "i32x4.extmul_low_i16x8_u" (V128, V128) -> V128 i32x4_extmul_low_i16x8_u;
                    I32x4ExtmulHighI16x8S "i32x4.extmul_high_i16x8_s" (V128, V128) -> V128 i32x4_extmul_high_i16x8_s;
                    I32x4ExtmulHighI16x8U "i32x4.extmul_high_i16x8_u" (V128, V128) -> V128 i32x4_extmul_high_i16x8_u;
                    I64x2ExtmulLowI32x4S "i64x2.extmul_low_i32x4_s" (V128, V128) -> V128 i64x2_extmul_low_i32x4_s;
                    I64x2ExtmulLowI32x4U "i64x2.extmul_low_i32x4_u" (V128, V128) -> V128 i64x2_extmul_low_i32x4_u;
                    I64x2ExtmulHighI32x4S "i64x2.extmul_high_i32x4_s" (V128, V128) -> V128 i64x2_extmul_high_i32x4_s;
                    I64x2ExtmulHighI32x4U "i64x2.extmul_high_i32x4_u" (V128, V128) -> V128 i64x2_extmul_high_i32x4_u;
                    F32x4Add "f32x4.add" (V128, V128) -> V128 f32x4_add;
                    F32x4Sub "f32x4.sub" (V128, V128) -> V128 f32x4_sub;
                    F32x4Mul "f32x4.mul" (V128, V128) -> V128 f32x4_mul;
                    F32x4Div "f32x4.div" (V128, V128) -> V128 f32x4_div;
                    F32x4Min "f32x4.min" (V128, V128) -> V128 f32x4_min;
                    F32x4Max "f32x4.max" (V128, V128) -> V128 f32x4_max;
                    F32x4Pmin "f32x4.pmin" (V128, V128) -> V128 f32x4_pmin;
                    F32x4Pmax "f32x4.pmax" (V128, V128) -> V128 f32x4_pmax;
                    F64x2Add "f64x2.add" (V128, V128) -> V128 f64x2_add;
                    F64x2Sub "f64x2.sub" (V128, V128) -> V128 f64x2_sub;
                    F64x2Mul "f64x2.mul" (V128, V128) -> V128 f64x2_mul;
                    F64x2Div "f64x2.div" (V128, V128) -> V128 f64x2_div;
                    F64x2Min "f64x2.min" (V128, V128) -> V128 f64x2_min;
                    F64x2Max "f64x2.max" (V128, V128) -> V128 f64x2_max;
                    F64x2Pmin "f64x2.pmin" (V128, V128) -> V128 f64x2_pmin;
                    F64x2Pmax "f64x2.pmax" (V128, V128) -> V128 f64x2_pmax;
                    I8x16RelaxedSwizzle "i8x16.relaxed_swizzle" (V128, V128) -> V128 i8x16_relaxed_swizzle;
                    F32x4RelaxedMin "f32x4.relaxed_min" (V128, V128) -> V128 f32x4_relaxed_min;
                    F32x4RelaxedMax "f32x4.relaxed_max" (V128, V128) -> V128 f32x4_relaxed_max;
                    F64x2RelaxedMin "f64x2.relaxed_min" (V128, V128) -> V128 f64x2_relaxed_min;
                    F64x2RelaxedMax "f64x2.relaxed_max" (V128, V128) -> V128 f64x2_relaxed_max;
                    I16x8RelaxedQ15mulrS "i16x8.relaxed_q15mulr_s" (V128, V128) -> V128 i16x8_relaxed_q15mulr_s;
                    I16x8RelaxedDotI8x16I7x16S "i16x8.relaxed_dot_i8x16_i7x16_s" (V128, V128) -> V128 i16x8_relaxed_dot_i8x16_i7x16_s;
                }
                // `dst = ∘ (a, b, c)` on vectors
                VTern {
                    V128Bitselect "v128.bitselect" (V128, V128, V128) -> V128 v128_bitselect;
                    F32x4RelaxedMadd "f32x4.relaxed_madd" (V128, V128, V128) -> V128 f32x4_relaxed_madd;
                    F32x4RelaxedNmadd "f32x4.relaxed_nmadd" (V128, V128, V128) -> V128 f32x4_relaxed_nmadd;
                    F64x2RelaxedMadd "f64x2.relaxed_madd" (V128, V128, V128) -> V128 f64x2_relaxed_madd;
                    F64x2RelaxedNmadd "f64x2.relaxed_nmadd" (V128, V128, V128) -> V128 f64x2_relaxed_nmadd;
                    I8x16RelaxedLaneselect "i8x16.relaxed_laneselect" (V128, V128, V128) -> V128 i8x16_relaxed_laneselect;
                    I16x8RelaxedLaneselect "i16x8.relaxed_laneselect" (V128, V128, V128) -> V128 i16x8_relaxed_laneselect;
                    I32x4RelaxedLaneselect "i32x4.relaxed_laneselect" (V128, V128, V128) -> V128 i32x4_relaxed_laneselect;
                    I64x2RelaxedLaneselect "i64x2.relaxed_laneselect" (V128, V128, V128) -> V128 i64x2_relaxed_laneselect;
                    I32x4RelaxedDotI8x16I7x16AddS "i32x4.relaxed_dot_i8x16_i7x16_add_s" (V128, V128, V128) -> V128 i32x4_relaxed_dot_i8x16_i7x16_add_s;
                }
                // `dst = second(first(a, b), c)` on vectors
                VPair {
                    F32x4MulAdd "f32x4.mul+add" (V128, V128, V128) -> V128 f32x4_mul_add;
                    F32x4MulSub "f32x4.mul+sub" (V128, V128, V128) -> V128 f32x4_mul_sub;
                    F32x4SubMul "f32x4.sub+mul" (V128, V128, V128) -> V128 f32x4_sub_mul;
                    F32x4AddMul "f32x4.add+mul" (V128, V128, V128) -> V128 f32x4_add_mul;
                    F32x4AddAdd "f32x4.add+add" (V128, V128, V128) -> V128 f32x4_add_add;
                    F64x2MulAdd "f64x2.mul+add" (V128, V128, V128) -> V128 f64x2_mul_add;
                    F64x2MulSub "f64x2.mul+sub" (V128, V128, V128) -> V128 f64x2_mul_sub;
                    F64x2SubMul "f64x2.sub+mul" (V128, V128, V128) -> V128 f64x2_sub_mul;
                    F64x2AddMul "f64x2.add+mul" (V128, V128, V128) -> V128 f64x2_add_mul;
                    F64x2AddAdd "f64x2.add+add" (V128, V128, V128) -> V128 f64x2_add_add;
                    F64x2SubAdd "f64x2.sub+add" (V128, V128, V128) -> V128 f64x2_sub_add;
                    I8x16AddAdd "i8x16.add+add" (V128, V128, V128) -> V128 i8x16_add_add;
                    I16x8MulAdd "i16x8.mul+add" (V128, V128, V128) -> V128 i16x8_mul_add;
                    I16x8AddAdd "i16x8.add+add" (V128, V128, V128) -> V128 i16x8_add_add;
                    I32x4MulAdd "i32x4.mul+add" (V128, V128, V128) -> V128 i32x4_mul_add;
                    I32x4AddAdd "i32x4.add+add" (V128, V128, V128) -> V128 i32x4_add_add;
                    I64x2AddAdd "i64x2.add+add" (V128, V128, V128) -> V128 i64x2_add_add;
                    I32x4DotI16x8SAdd "i32x4.dot_i16x8_s+add" (V128, V128, V128) -> V128 i32x4_dot_i16x8_s_add;
                    I8x16DotLowSAdd "i8x16.dot_low_s+add" (V128, V128, V128) -> V128 i8x16_dot_low_s_add;
                    I8x16DotLowUAdd "i8x16.dot_low_u+add" (V128, V128, V128) -> V128 i8x16_dot_low_u_add;
                    I8x16DotHighSAdd "i8x16.dot_high_s+add" (V128, V128, V128) -> V128 i8x16_dot_high_s_add;
                    I8x16DotHighUAdd "i8x16.dot_high_u+add" (V128, V128, V128) -> V128 i8x16_dot_high_u_add;
                    I32x4AddV128Xor "i32x4.add+xor" (V128, V128, V128) -> V128 i32x4_add_xor;
                    I64x2AddV128Xor "i64x2.add+xor" (V128, V128, V128) -> V128 i64x2_add_xor;
                    V128AndOr "v128.and+or" (V128, V128, V128) -> V128 v128_and_or;
                    V128AndAnd "v128.and+and" (V128, V128, V128) -> V128 v128_and_and;
                    V128AndXor "v128.and+xor" (V128, V128, V128) -> V128 v128_and_xor;
                    V128XorAnd "v128.xor+and" (V128, V128, V128) -> V128 v128_xor_and;
                    V128OrOr "v128.or+or" (V128, V128, V128) -> V128 v128_or_or;
                    V128XorXor "v128.xor+xor" (V128, V128, V128) -> V128 v128_xor_xor;
                    V128XorI32x4Add "v128.xor+add" (V128, V128, V128) -> V128 v128_xor_add;
                    I8x16EqV128Or "i8x16.eq+or" (V128, V128, V128) -> V128 i8x16_eq_or;
                    I8x16SwizzleV128And "i8x16.swizzle+and" (V128, V128, V128) -> V128 i8x16_swizzle_and;
                    I8x16AvgrUAvgrU "i8x16.avgr_u+avgr_u" (V128, V128, V128) -> V128 i8x16_avgr_u_avgr_u;
                    I8x16SubSatUV128Or "i8x16.sub_sat_u+or" (V128, V128, V128) -> V128 i8x16_sub_sat_u_or;
                }
                // `dst = f(memory 0 [zext(a + c) + offset], b)`, of which `c` is a constant
                VLoadBin {
                    V128LoadV128And "v128.load+v128.and" (I32, V128) -> V128 v128_and;
                    V128LoadV128Or "v128.load+v128.or" (I32, V128) -> V128 v128_or;
                    V128LoadV128Xor "v128.load+v128.xor" (I32, V128) -> V128 v128_xor;
                    V128LoadI8x16Eq "v128.load+i8x16.eq" (I32, V128) -> V128 i8x16_eq;
                    V128LoadI8x16GtU "v128.load+i8x16.gt_u" (I32, V128) -> V128 i8x16_gt_u;
                    V128LoadI8x16Add "v128.load+i8x16.add" (I32, V128) -> V128 i8x16_add;
                    V128LoadI8x16Sub "v128.load+i8x16.sub" (I32, V128) -> V128 i8x16_sub;
                    V128LoadI8x16AddSatU "v128.load+i8x16.add_sat_u" (I32, V128) -> V128 i8x16_add_sat_u;
                    V128LoadI8x16SubSatU "v128.load+i8x16.sub_sat_u" (I32, V128) -> V128 i8x16_sub_sat_u;
                    V128LoadI8x16AvgrU "v128.load+i8x16.avgr_u" (I32, V128) -> V128 i8x16_avgr_u;
                    V128LoadI8x16MinU "v128.load+i8x16.min_u" (I32, V128) -> V128 i8x16_min_u;
                    V128LoadI8x16MaxU "v128.load+i8x16.max_u" (I32, V128) -> V128 i8x16_max_u;
                    V128LoadI16x8Add "v128.load+i16x8.add" (I32, V128) -> V128 i16x8_add;
                    V128LoadI16x8Sub "v128.load+i16x8.sub" (I32, V128) -> V128 i16x8_sub;
                    V128LoadI16x8MinS "v128.load+i16x8.min_s" (I32, V128) -> V128 i16x8_min_s;
                    V128LoadI16x8MaxS "v128.load+i16x8.max_s" (I32, V128) -> V128 i16x8_max_s;
                    V128LoadI16x8Mul "v128.load+i16x8.mul" (I32, V128) -> V128 i16x8_mul;
                    V128LoadI32x4Add "v128.load+i32x4.add" (I32, V128) -> V128 i32x4_add;
                    V128LoadI32x4Sub "v128.load+i32x4.sub" (I32, V128) -> V128 i32x4_sub;
                    V128LoadI32x4MinS "v128.load+i32x4.min_s" (I32, V128) -> V128 i32x4_min_s;
                    V128LoadI32x4MaxS "v128.load+i32x4.max_s" (I32, V128) -> V128 i32x4_max_s;
                    V128LoadI32x4Mul "v128.load+i32x4.mul" (I32, V128) -> V128 i32x4_mul;
                    V128LoadI32x4DotI16x8S "v128.load+i32x4.dot_i16x8_s" (I32, V128) -> V128 i32x4_dot_i16x8_s;
                    V128LoadI64x2Add "v128.load+i64x2.add" (I32, V128) -> V128 i64x2_add;
                    V128LoadF32x4Add "v128.load+f32x4.add" (I32, V128) -> V128 f32x4_add;
                    V128LoadF32x4Sub "v128.load+f32x4.sub" (I32, V128) -> V128 f32x4_sub;
                    V128LoadF32x4Mul "v128.load+f32x4.mul" (I32, V128) -> V128 f32x4_mul;
                    V128LoadF32x4Min "v128.load+f32x4.min" (I32, V128) -> V128 f32x4_min;
                    V128LoadF32x4Max "v128.load+f32x4.max" (I32, V128) -> V128 f32x4_max;
                    V128LoadF64x2Add "v128.load+f64x2.add" (I32, V128) -> V128 f64x2_add;
                    V128LoadF64x2Sub "v128.load+f64x2.sub" (I32, V128) -> V128 f64x2_sub;
                    V128LoadF64x2Mul "v128.load+f64x2.mul" (I32, V128) -> V128 f64x2_mul;
                    V128LoadF64x2Min "v128.load+f64x2.min" (I32, V128) -> V128 f64x2_min;
                    V128LoadF64x2Max "v128.load+f64x2.max" (I32, V128) -> V128 f64x2_max;
                }
                // the same from `memory 0 [zext(a + b) + offset]`, with the vector `c`
                VLoadX1Bin {
                    V128LoadX1V128And "v128.load.x1+v128.and" (I32, I32, V128) -> V128 v128_and;
                    V128LoadX1V128Or "v128.load.x1+v128.or" (I32, I32, V128) -> V128 v128_or;
                    V128LoadX1V128Xor "v128.load.x1+v128.xor" (I32, I32, V128) -> V128 v128_xor;
                    V128LoadX1I8x16Eq "v128.load.x1+i8x16.eq" (I32, I32, V128) -> V128 i8x16_eq;
                    V128LoadX1I8x16GtU "v128.load.x1+i8x16.gt_u" (I32, I32, V128) -> V128 i8x16_gt_u;
                    V128LoadX1I8x16Add "v128.load.x1+i8x16.add" (I32, I32, V128) -> V128 i8x16_add;
                    V128LoadX1I8x16Sub "v128.load.x1+i8x16.sub" (I32, I32, V128) -> V128 i8x16_sub;
                    V128LoadX1I8x16AddSatU "v128.load.x1+i8x16.add_sat_u" (I32, I32, V128) -> V128 i8x16_add_sat_u;
                    V128LoadX1I8x16SubSatU "v128.load.x1+i8x16.sub_sat_u" (I32, I32, V128) -> V128 i8x16_sub_sat_u;
                    V128LoadX1I8x16AvgrU "v128.load.x1+i8x16.avgr_u" (I32, I32, V128) -> V128 i8x16_avgr_u;
                    V128LoadX1I8x16MinU "v128.load.x1+i8x16.min_u" (I32, I32, V128) -> V128 i8x16_min_u;
                    V128LoadX1I8x16MaxU "v128.load.x1+i8x16.max_u" (I32, I32, V128) -> V128 i8x16_max_u;
                    V128LoadX1I16x8Add "v128.load.x1+i16x8.add" (I32, I32, V128) -> V128 i16x8_add;
                    V128LoadX1I16x8Sub "v128.load.x1+i16x8.sub" (I32, I32, V128) -> V128 i16x8_sub;
                    V128LoadX1I16x8MinS "v128.load.x1+i16x8.min_s" (I32, I32, V128) -> V128 i16x8_min_s;
                    V128LoadX1I16x8MaxS "v128.load.x1+i16x8.max_s" (I32, I32, V128) -> V128 i16x8_max_s;
                    V128LoadX1I16x8Mul "v128.load.x1+i16x8.mul" (I32, I32, V128) -> V128 i16x8_mul;
                    V128LoadX1I32x4Add "v128.load.x1+i32x4.add" (I32, I32, V128) -> V128 i32x4_add;
                    V128LoadX1I32x4Sub "v128.load.x1+i32x4.sub" (I32, I32, V128) -> V128 i32x4_sub;
                    V128LoadX1I32x4MinS "v128.load.x1+i32x4.min_s" (I32, I32, V128) -> V128 i32x4_min_s;
                    V128LoadX1I32x4MaxS "v128.load.x1+i32x4.max_s" (I32, I32, V128) -> V128 i32x4_max_s;
                    V128LoadX1I32x4Mul "v128.load.x1+i32x4.mul" (I32, I32, V128) -> V128 i32x4_mul;
                    V128LoadX1I32x4DotI16x8S "v128.load.x1+i32x4.dot_i16x8_s" (I32, I32, V128) -> V128 i32x4_dot_i16x8_s;
                    V128LoadX1I64x2Add "v128.load.x1+i64x2.add" (I32, I32, V128) -> V128 i64x2_add;
                    V128LoadX1F32x4Add "v128.load.x1+f32x4.add" (I32, I32, V128) -> V128 f32x4_add;
                    V128LoadX1F32x4Sub "v128.load.x1+f32x4.sub" (I32, I32, V128) -> V128 f32x4_sub;
                    V128LoadX1F32x4Mul "v128.load.x1+f32x4.mul" (I32, I32, V128) -> V128 f32x4_mul;
                    V128LoadX1F32x4Min "v128.load.x1+f32x4.min" (I32, I32, V128) -> V128 f32x4_min;
                    V128LoadX1F32x4Max "v128.load.x1+f32x4.max" (I32, I32, V128) -> V128 f32x4_max;
                    V128LoadX1F64x2Add "v128.load.x1+f64x2.add" (I32, I32, V128) -> V128 f64x2_add;
                    V128LoadX1F64x2Sub "v128.load.x1+f64x2.sub" (I32, I32, V128) -> V128 f64x2_sub;
                    V128LoadX1F64x2Mul "v128.load.x1+f64x2.mul" (I32, I32, V128) -> V128 f64x2_mul;
                    V128LoadX1F64x2Min "v128.load.x1+f64x2.min" (I32, I32, V128) -> V128 f64x2_min;
                    V128LoadX1F64x2Max "v128.load.x1+f64x2.max" (I32, I32, V128) -> V128 f64x2_max;
                }
                // `dst = second(first(memory 0 [zext(a + d) + offset], b), c)`, of which `d` is a constant
                VLoadPair {
                    V128LoadF32x4MulAdd "v128.load+f32x4.mul+add" (I32, V128, V128) -> V128 f32x4_mul_add;
                    V128LoadF64x2MulAdd "v128.load+f64x2.mul+add" (I32, V128, V128) -> V128 f64x2_mul_add;
                    V128LoadI16x8MulAdd "v128.load+i16x8.mul+add" (I32, V128, V128) -> V128 i16x8_mul_add;
                    V128LoadI32x4MulAdd "v128.load+i32x4.mul+add" (I32, V128, V128) -> V128 i32x4_mul_add;
                    V128LoadI32x4DotI16x8SAdd "v128.load+i32x4.dot_i16x8_s+add" (I32, V128, V128) -> V128 i32x4_dot_i16x8_s_add;
                    V128LoadI8x16AvgrUAvgrU "v128.load+i8x16.avgr_u+avgr_u" (I32, V128, V128) -> V128 i8x16_avgr_u_avgr_u;
                }
                // `memory 0 [zext(a) + offset] = f(b, c)`
                VBinStore {
                    V128XorStore "v128.xor+store" (I32, V128, V128) -> None v128_xor;
                    I8x16AddStore "i8x16.add+store" (I32, V128, V128) -> None i8x16_add;
                    I8x16GtUStore "i8x16.gt_u+store" (I32, V128, V128) -> None i8x16_gt_u;
                    I8x16AvgrUStore "i8x16.avgr_u+store" (I32, V128, V128) -> None i8x16_avgr_u;
                    I16x8AddStore "i16x8.add+store" (I32, V128, V128) -> None i16x8_add;
                    I32x4AddStore "i32x4.add+store" (I32, V128, V128) -> None i32x4_add;
                    F32x4AddStore "f32x4.add+store" (I32, V128, V128) -> None f32x4_add;
                    F32x4MulStore "f32x4.mul+store" (I32, V128, V128) -> None f32x4_mul;
                    F64x2AddStore "f64x2.add+store" (I32, V128, V128) -> None f64x2_add;
                    F64x2MulStore "f64x2.mul+store" (I32, V128, V128) -> None f64x2_mul;
                }
                // `dst = sums of adjacent products` of one half of the lanes of `a` and `b`
                VDot {
                    I8x16DotLowS "i8x16.dot_low_s" (V128, V128) -> V128 i8x16_dot_low_s;
                    I8x16DotHighS "i8x16.dot_high_s" (V128, V128) -> V128 i8x16_dot_high_s;
                    I8x16DotLowU "i8x16.dot_low_u" (V128, V128) -> V128 i8x16_dot_low_u;
                    I8x16DotHighU "i8x16.dot_high_u" (V128, V128) -> V128 i8x16_dot_high_u;
                }
                // `dst = a ∘ b`, the same count for each lane
                VShift {
                    I8x16Shl "i8x16.shl" (V128, I32) -> V128 i8x16_shl;
                    I8x16ShrS "i8x16.shr_s" (V128, I32) -> V128 i8x16_shr_s;
                    I8x16ShrU "i8x16.shr_u" (V128, I32) -> V128 i8x16_shr_u;
                    I16x8Shl "i16x8.shl" (V128, I32) -> V128 i16x8_shl;
                    I16x8ShrS "i16x8.shr_s" (V128, I32) -> V128 i16x8_shr_s;
                    I16x8ShrU "i16x8.shr_u" (V128, I32) -> V128 i16x8_shr_u;
                    I32x4Shl "i32x4.shl" (V128, I32) -> V128 i32x4_shl;
                    I32x4ShrS "i32x4.shr_s" (V128, I32) -> V128 i32x4_shr_s;
                    I32x4ShrU "i32x4.shr_u" (V128, I32) -> V128 i32x4_shr_u;
                    I64x2Shl "i64x2.shl" (V128, I32) -> V128 i64x2_shl;
                    I64x2ShrS "i64x2.shr_s" (V128, I32) -> V128 i64x2_shr_s;
                    I64x2ShrU "i64x2.shr_u" (V128, I32) -> V128 i64x2_shr_u;
                }
                // `dst = each lane of a rotated by b bits`: two shifts and what joins them
                VRotl {
                    I32x4Rotl "i32x4.rotl" (V128, I32) -> V128 i32x4_rotl;
                    I64x2Rotl "i64x2.rotl" (V128, I32) -> V128 i64x2_rotl;
                }
                // `dst = (a ^ b) rotated left by c`, in each lane
                VXorRotl {
                    V128XorI32x4Rotl "v128.xor+i32x4.rotl" (V128, V128) -> V128 i32x4_rotl;
                    V128XorI64x2Rotl "v128.xor+i64x2.rotl" (V128, V128) -> V128 i64x2_rotl;
                }
                // the same, of 32-bit lanes by the count at the end of the name
                VXorRotlBy {
                    V128XorI32x4Rotl7 "v128.xor+i32x4.rotl7" (V128, V128) -> V128 i32x4_xor_rotl7;
                    V128XorI32x4Rotl12 "v128.xor+i32x4.rotl12" (V128, V128) -> V128 i32x4_xor_rotl12;
                    V128XorI32x4Rotl20 "v128.xor+i32x4.rotl20" (V128, V128) -> V128 i32x4_xor_rotl20;
                    V128XorI32x4Rotl25 "v128.xor+i32x4.rotl25" (V128, V128) -> V128 i32x4_xor_rotl25;
                }
                // `dst = ∘ a`, a truth value
                VTest {
                    V128AnyTrue "v128.any_true" (V128) -> I32 v128_any_true;
                    I8x16AllTrue "i8x16.all_true" (V128) -> I32 i8x16_all_true;
                    I16x8AllTrue "i16x8.all_true" (V128) -> I32 i16x8_all_true;
                    I32x4AllTrue "i32x4.all_true" (V128) -> I32 i32x4_all_true;
                    I64x2AllTrue "i64x2.all_true" (V128) -> I32 i64x2_all_true;
                }
                // `if a has that property { pc = target }`
                VBrTest {
                    BrV128AnyTrue "br_v128.any_true" (V128) -> None v128_any_true;
                    BrI8x16AllTrue "br_i8x16.all_true" (V128) -> None i8x16_all_true;
                    BrI16x8AllTrue "br_i16x8.all_true" (V128) -> None i16x8_all_true;
                    BrI32x4AllTrue "br_i32x4.all_true" (V128) -> None i32x4_all_true;
                    BrI64x2AllTrue "br_i64x2.all_true" (V128) -> None i64x2_all_true;
                }
                // `if a does not have that property { pc = target }`
                VBrNotTest {
                    BrNotV128AnyTrue "br_not_v128.any_true" (V128) -> None v128_any_true;
                    BrNotI8x16AllTrue "br_not_i8x16.all_true" (V128) -> None i8x16_all_true;
                    BrNotI16x8AllTrue "br_not_i16x8.all_true" (V128) -> None i16x8_all_true;
                    BrNotI32x4AllTrue "br_not_i32x4.all_true" (V128) -> None i32x4_all_true;
                    BrNotI64x2AllTrue "br_not_i64x2.all_true" (V128) -> None i64x2_all_true;
                }
                // `dst = a ∘ b; if some lane of that is set { pc = target }`
                VBrCmp {
                    BrI8x16Eq "br_i8x16.eq" (V128, V128) -> None i8x16_eq;
                    BrF32x4Le "br_f32x4.le" (V128, V128) -> None f32x4_le;
                    BrF64x2Le "br_f64x2.le" (V128, V128) -> None f64x2_le;
                }
                // `dst = a ∘ b; if no lane of that is set { pc = target }`
                VBrNotCmp {
                    BrNotI8x16Eq "br_not_i8x16.eq" (V128, V128) -> None i8x16_eq;
                    BrNotF32x4Le "br_not_f32x4.le" (V128, V128) -> None f32x4_le;
                    BrNotF64x2Le "br_not_f64x2.le" (V128, V128) -> None f64x2_le;
                }
                // `dst = (a + b) ∘ c; if some lane of that is set { pc = target }`
                VBrAddCmp {
                    BrF32x4AddLe "br_f32x4.add+le" (V128, V128, V128) -> V128 f32x4_add_le;
                    BrF64x2AddLe "br_f64x2.add+le" (V128, V128, V128) -> V128 f64x2_add_le;
                }
                // `dst = (a + b) ∘ c; if no lane of that is set { pc = target }`
                VBrNotAddCmp {
                    BrNotF32x4AddLe "br_not_f32x4.add+le" (V128, V128, V128) -> V128 f32x4_add_le;
                    BrNotF64x2AddLe "br_not_f64x2.add+le" (V128, V128, V128) -> V128 f64x2_add_le;
                }
                // `dst = the lanes' top bits`
                VBitmask {
                    I8x16Bitmask "i8x16.bitmask" (V128) -> I32 i8x16_bitmask;
                    I16x8Bitmask "i16x8.bitmask" (V128) -> I32 i16x8_bitmask;
                    I32x4Bitmask "i32x4.bitmask" (V128) -> I32 i32x4_bitmask;
                    I64x2Bitmask "i64x2.bitmask" (V128) -> I32 i64x2_bitmask;
                }
                // `dst = how many of the lanes' top bits are set`
                VBitmaskPopcnt {
                    I8x16BitmaskPopcnt "i8x16.bitmask+popcnt" (V128) -> I32 i8x16_bitmask_popcnt;
                }
                // `dst = the lanes' top bits; if no bit of that is set { pc = target }`
                VBitmaskBrEqz {
                    I8x16BitmaskBrEqz "i8x16.bitmask+br_eqz" (V128) -> I32 i8x16_bitmask;
                    I16x8BitmaskBrEqz "i16x8.bitmask+br_eqz" (V128) -> I32 i16x8_bitmask;
                    I32x4BitmaskBrEqz "i32x4.bitmask+br_eqz" (V128) -> I32 i32x4_bitmask;
                    I64x2BitmaskBrEqz "i64x2.bitmask+br_eqz" (V128) -> I32 i64x2_bitmask;
                }
                // `dst = the lanes' top bits; if some bit of that is set { pc = target }`
                VBitmaskBrNez {
                    I8x16BitmaskBrNez "i8x16.bitmask+br_nez" (V128) -> I32 i8x16_bitmask;
                    I16x8BitmaskBrNez "i16x8.bitmask+br_nez" (V128) -> I32 i16x8_bitmask;
                    I32x4BitmaskBrNez "i32x4.bitmask+br_nez" (V128) -> I32 i32x4_bitmask;
                    I64x2BitmaskBrNez "i64x2.bitmask+br_nez" (V128) -> I32 i64x2_bitmask;
                }
                // a vector from a scalar
                VSplat {
                    I8x16Splat "i8x16.splat" (I32) -> V128 i8x16_splat;
                    I16x8Splat "i16x8.splat" (I32) -> V128 i16x8_splat;
                    I32x4Splat "i32x4.splat" (I32) -> V128 i32x4_splat;
                    I64x2Splat "i64x2.splat" (I64) -> V128 i64x2_splat;
                    F32x4Splat "f32x4.splat" (F32) -> V128 f32x4_splat;
                    F64x2Splat "f64x2.splat" (F64) -> V128 f64x2_splat;
                    V128Widen8x8S "v128.widen8x8_s" (I64) -> V128 v128_load8x8_s;
                    V128Widen8x8U "v128.widen8x8_u" (I64) -> V128 v128_load8x8_u;
                    V128Widen16x4S "v128.widen16x4_s" (I64) -> V128 v128_load16x4_s;
                    V128Widen16x4U "v128.widen16x4_u" (I64) -> V128 v128_load16x4_u;
                    V128Widen32x2S "v128.widen32x2_s" (I64) -> V128 v128_load32x2_s;
                    V128Widen32x2U "v128.widen32x2_u" (I64) -> V128 v128_load32x2_u;
                    V128Zext32 "v128.zext32" (I32) -> V128 v128_load32_zero;
                    V128Zext64 "v128.zext64" (I64) -> V128 v128_load64_zero;
                }
                // `dst = lane c of a`
                VExtract {
                    I8x16ExtractLaneS "i8x16.extract_lane_s" (V128) -> I32 i8x16_extract_lane_s;
                    I8x16ExtractLaneU "i8x16.extract_lane_u" (V128) -> I32 i8x16_extract_lane_u;
                    I16x8ExtractLaneS "i16x8.extract_lane_s" (V128) -> I32 i16x8_extract_lane_s;
                    I16x8ExtractLaneU "i16x8.extract_lane_u" (V128) -> I32 i16x8_extract_lane_u;
                    I32x4ExtractLane "i32x4.extract_lane" (V128) -> I32 i32x4_extract_lane;
                    I64x2ExtractLane "i64x2.extract_lane" (V128) -> I64 i64x2_extract_lane;
                    F32x4ExtractLane "f32x4.extract_lane" (V128) -> F32 f32x4_extract_lane;
                    F64x2ExtractLane "f64x2.extract_lane" (V128) -> F64 f64x2_extract_lane;
                }
                // `dst = a with lane c = b`
                VReplace {
                    I8x16ReplaceLane "i8x16.replace_lane" (V128, I32) -> V128 i8x16_replace_lane;
                    I16x8ReplaceLane "i16x8.replace_lane" (V128, I32) -> V128 i16x8_replace_lane;
                    I32x4ReplaceLane "i32x4.replace_lane" (V128, I32) -> V128 i32x4_replace_lane;
                    I64x2ReplaceLane "i64x2.replace_lane" (V128, I64) -> V128 i64x2_replace_lane;
                    F32x4ReplaceLane "f32x4.replace_lane" (V128, F32) -> V128 f32x4_replace_lane;
                    F64x2ReplaceLane "f64x2.replace_lane" (V128, F64) -> V128 f64x2_replace_lane;
                }
                // `dst = bytes of a and b, chosen by 16 lane indices`
                VShuffle {
                    I8x16Shuffle "i8x16.shuffle" (V128, V128) -> V128 i8x16_shuffle;
                }
                // `dst = bytes of a and b`, chosen as the name of the op says
                VPattern {
                    I8x16ZipLow "i8x16.zip_low" (V128, V128) -> V128 i8x16_zip_low;
                    I8x16ZipHigh "i8x16.zip_high" (V128, V128) -> V128 i8x16_zip_high;
                    I16x8ZipLow "i16x8.zip_low" (V128, V128) -> V128 i16x8_zip_low;
                    I16x8ZipHigh "i16x8.zip_high" (V128, V128) -> V128 i16x8_zip_high;
                    I32x4ZipLow "i32x4.zip_low" (V128, V128) -> V128 i32x4_zip_low;
                    I32x4ZipHigh "i32x4.zip_high" (V128, V128) -> V128 i32x4_zip_high;
                    I64x2ZipLow "i64x2.zip_low" (V128, V128) -> V128 i64x2_zip_low;
                    I64x2ZipHigh "i64x2.zip_high" (V128, V128) -> V128 i64x2_zip_high;
                    I32x4Even "i32x4.even" (V128, V128) -> V128 i32x4_even;
                    I32x4Odd "i32x4.odd" (V128, V128) -> V128 i32x4_odd;
                    V128Slide4 "v128.slide4" (V128, V128) -> V128 v128_slide4;
                    V128Slide8 "v128.slide8" (V128, V128) -> V128 v128_slide8;
                    V128Slide12 "v128.slide12" (V128, V128) -> V128 v128_slide12;
                    V128Slide13 "v128.slide13" (V128, V128) -> V128 v128_slide13;
                    V128Slide14 "v128.slide14" (V128, V128) -> V128 v128_slide14;
                    V128Slide15 "v128.slide15" (V128, V128) -> V128 v128_slide15;
                }
                // `dst = bytes of a ^ b, chosen by 16 lane indices`
                VXorPermute {
                    V128XorI8x16Permute "v128.xor+permute" (V128, V128) -> V128 i8x16_permute;
                }
                // `dst = bytes of a, chosen by 16 lane indices`
                VPermute {
                    I8x16Permute "i8x16.permute" (V128) -> V128 i8x16_permute;
                }
                // `dst = field of structure a, at offset b`, or a trap when it is null
                StructGet {
                    StructGet32 "struct.get.32" (I64) -> I32 load_u32;
                    StructGet8S "struct.get.8s" (I64) -> I32 load_i32_8s;
                    StructGet8U "struct.get.8u" (I64) -> I32 load_u8;
                    StructGet16S "struct.get.16s" (I64) -> I32 load_i32_16s;
                    StructGet16U "struct.get.16u" (I64) -> I32 load_u16;
                    StructGet64 "struct.get.64" (I64) -> I64 load_u64;
                    StructGetF32 "struct.get.f32" (I64) -> F32 load_f32;
                    StructGetF64 "struct.get.f64" (I64) -> F64 load_f64;
                    StructGetV128 "struct.get.v128" (I64) -> V128 load_v128;
                }
                // `field of structure a, at offset b = d`, the low bytes of the cell; or a trap
                StructSet {
                    StructSet8 "struct.set.8" (I64, I64) -> None store_u8;
                    StructSet16 "struct.set.16" (I64, I64) -> None store_u16;
                    StructSet32 "struct.set.32" (I64, I64) -> None store_u32;
                    StructSet64 "struct.set.64" (I64, I64) -> None store_u64;
                    StructSetV128 "struct.set.v128" (I64, V128) -> None store_v128;
                }
                // the same from a float accumulator
                StructSetAcc {
                    StructSetF32 "struct.set.f32" (I64, F32) -> None store_f32;
                    StructSetF64 "struct.set.f64" (I64, F64) -> None store_f64;
                }
                // `dst = element b of array a`, or a trap
                ArrayGet {
                    ArrayGet32 "array.get.32" (I64, I32) -> I32 load_u32;
                    ArrayGet8S "array.get.8s" (I64, I32) -> I32 load_i32_8s;
                    ArrayGet8U "array.get.8u" (I64, I32) -> I32 load_u8;
                    ArrayGet16S "array.get.16s" (I64, I32) -> I32 load_i32_16s;
                    ArrayGet16U "array.get.16u" (I64, I32) -> I32 load_u16;
                    ArrayGet64 "array.get.64" (I64, I32) -> I64 load_u64;
                    ArrayGetF32 "array.get.f32" (I64, I32) -> F32 load_f32;
                    ArrayGetF64 "array.get.f64" (I64, I32) -> F64 load_f64;
                    ArrayGetV128 "array.get.v128" (I64, I32) -> V128 load_v128;
                }
                // `element b of array a = d`, the low bytes of the cell; or a trap
                ArraySet {
                    ArraySet8 "array.set.8" (I64, I32, I64) -> None store_u8;
                    ArraySet16 "array.set.16" (I64, I32, I64) -> None store_u16;
                    ArraySet32 "array.set.32" (I64, I32, I64) -> None store_u32;
                    ArraySet64 "array.set.64" (I64, I32, I64) -> None store_u64;
                    ArraySetV128 "array.set.v128" (I64, I32, V128) -> None store_v128;
                }
                // the same from a float accumulator
                ArraySetAcc {
                    ArraySetF32 "array.set.f32" (I64, I32, F32) -> None store_f32;
                    ArraySetF64 "array.set.f64" (I64, I32, F64) -> None store_f64;
                }
                // `dst = number of elements of array a`, or a trap
                ArrayLen {
                    ArrayLen "array.len" (I64) -> I32 none;
                }
                // `dst = whether a is of the type`, or is null where `null` is 1
                RefTest {
                    RefTestType "ref.test.type" (I64) -> I32 is_type;
                    RefTestFunc "ref.test.func" (I64) -> I32 is_func;
                    RefTestI31 "ref.test.i31" (I64) -> I32 is_i31;
                    RefTestEq "ref.test.eq" (I64) -> I32 is_eq;
                    RefTestStruct "ref.test.struct" (I64) -> I32 is_struct;
                    RefTestArray "ref.test.array" (I64) -> I32 is_array;
                    RefTestAny "ref.test.any" (I64) -> I32 is_any;
                    RefTestNone "ref.test.none" (I64) -> I32 is_none;
                }
                // `dst = a` if it is of the type, or is null where `null` is 1; otherwise a trap
                RefCast {
                    RefCastType "ref.cast.type" (I64) -> I64 is_type;
                    RefCastFunc "ref.cast.func" (I64) -> I64 is_func;
                    RefCastI31 "ref.cast.i31" (I64) -> I64 is_i31;
                    RefCastEq "ref.cast.eq" (I64) -> I64 is_eq;
                    RefCastStruct "ref.cast.struct" (I64) -> I64 is_struct;
                    RefCastArray "ref.cast.array" (I64) -> I64 is_array;
                    RefCastAny "ref.cast.any" (I64) -> I64 is_any;
                    RefCastNone "ref.cast.none" (I64) -> I64 is_none;
                }
                // `if a is of the type, or is null where null is 1 { pc = target }`
                BrOnCast {
                    BrOnCastType "br_on_cast.type" (I64) -> None is_type;
                    BrOnCastFunc "br_on_cast.func" (I64) -> None is_func;
                    BrOnCastI31 "br_on_cast.i31" (I64) -> None is_i31;
                    BrOnCastEq "br_on_cast.eq" (I64) -> None is_eq;
                    BrOnCastStruct "br_on_cast.struct" (I64) -> None is_struct;
                    BrOnCastArray "br_on_cast.array" (I64) -> None is_array;
                    BrOnCastAny "br_on_cast.any" (I64) -> None is_any;
                    BrOnCastNone "br_on_cast.none" (I64) -> None is_none;
                }
                // the same if it is not
                BrOnCastFail {
                    BrOnCastFailType "br_on_cast_fail.type" (I64) -> None is_type;
                    BrOnCastFailFunc "br_on_cast_fail.func" (I64) -> None is_func;
                    BrOnCastFailI31 "br_on_cast_fail.i31" (I64) -> None is_i31;
                    BrOnCastFailEq "br_on_cast_fail.eq" (I64) -> None is_eq;
                    BrOnCastFailStruct "br_on_cast_fail.struct" (I64) -> None is_struct;
                    BrOnCastFailArray "br_on_cast_fail.array" (I64) -> None is_array;
                    BrOnCastFailAny "br_on_cast_fail.any" (I64) -> None is_any;
                    BrOnCastFailNone "br_on_cast_fail.none" (I64) -> None is_none;
                }
                // `dst = new object` from adjacent cells; objects may be collected before
                New {
                    StructNew "struct.new" () -> I64 none;
                    StructNewDefault "struct.new_default" () -> I64 none;
                    ArrayNew "array.new" () -> I64 none;
                    ArrayNewDefault "array.new_default" () -> I64 none;
                    ArrayNewFixed "array.new_fixed" () -> I64 none;
                    ArrayNewData "array.new_data" () -> I64 none;
                    ArrayNewElem "array.new_elem" () -> I64 none;
                }
                // instructions on several elements of an array, with their operands in adjacent cells
                ArrayBulk {
                    ArrayFill "array.fill" () -> None none;
                    ArrayCopy "array.copy" () -> None none;
                    ArrayInitData "array.init_data" () -> None none;
                    ArrayInitElem "array.init_elem" () -> None none;
                }
                // `dst = memory m [a + offset]` with 64-bit arithmetic, for shared memories; atomic where aligned
                LoadShared {
                    I32LoadShared "i32.load.shared" (I64) -> I32 load_u32;
                    I32Load8SShared "i32.load8_s.shared" (I64) -> I32 load_i32_8s;
                    I32Load8UShared "i32.load8_u.shared" (I64) -> I32 load_u8;
                    I32Load16SShared "i32.load16_s.shared" (I64) -> I32 load_i32_16s;
                    I32Load16UShared "i32.load16_u.shared" (I64) -> I32 load_u16;
                    I64LoadShared "i64.load.shared" (I64) -> I64 load_u64;
                    I64Load8SShared "i64.load8_s.shared" (I64) -> I64 load_i64_8s;
                    I64Load16SShared "i64.load16_s.shared" (I64) -> I64 load_i64_16s;
                    I64Load32SShared "i64.load32_s.shared" (I64) -> I64 load_i64_32s;
                    F32LoadShared "f32.load.shared" (I64) -> F32 load_f32;
                    F64LoadShared "f64.load.shared" (I64) -> F64 load_f64;
                }
                // `memory m [a + offset] = b`, likewise
                StoreShared {
                    Store8Shared "store8.shared" (I64, I64) -> None store_u8;
                    Store16Shared "store16.shared" (I64, I64) -> None store_u16;
                    Store32Shared "store32.shared" (I64, I64) -> None store_u32;
                    Store64Shared "store64.shared" (I64, I64) -> None store_u64;
                }
                // `dst = size of memory b, in pages`, which another thread may change
                MemorySizeShared {
                    MemorySizeShared "memory.size.shared" () -> I64 none;
                }
                // atomic accesses to any memory, shared or not, with 64-bit arithmetic; the type named last is the width.
                // `dst = memory m [a + offset]`
                AtomicLoad {
                    AtomicLoad8 "atomic.load8" (I64) -> I32 u8;
                    AtomicLoad16 "atomic.load16" (I64) -> I32 u16;
                    AtomicLoad32 "atomic.load32" (I64) -> I32 u32;
                    AtomicLoad64 "atomic.load64" (I64) -> I64 u64;
                }
                // `memory m [a + offset] = b`
                AtomicStore {
                    AtomicStore8 "atomic.store8" (I64, I64) -> None u8;
                    AtomicStore16 "atomic.store16" (I64, I64) -> None u16;
                    AtomicStore32 "atomic.store32" (I64, I64) -> None u32;
                    AtomicStore64 "atomic.store64" (I64, I64) -> None u64;
                }
                // `dst = memory m [a + offset]; memory m [a + offset] = dst + b`
                AtomicAdd {
                    AtomicAdd8 "atomic.add8" (I64, I64) -> I32 u8;
                    AtomicAdd16 "atomic.add16" (I64, I64) -> I32 u16;
                    AtomicAdd32 "atomic.add32" (I64, I64) -> I32 u32;
                    AtomicAdd64 "atomic.add64" (I64, I64) -> I64 u64;
                }
                // `dst = memory m [a + offset]; memory m [a + offset] = dst - b`
                AtomicSub {
                    AtomicSub8 "atomic.sub8" (I64, I64) -> I32 u8;
                    AtomicSub16 "atomic.sub16" (I64, I64) -> I32 u16;
                    AtomicSub32 "atomic.sub32" (I64, I64) -> I32 u32;
                    AtomicSub64 "atomic.sub64" (I64, I64) -> I64 u64;
                }
                // `dst = memory m [a + offset]; memory m [a + offset] = dst & b`
                AtomicAnd {
                    AtomicAnd8 "atomic.and8" (I64, I64) -> I32 u8;
                    AtomicAnd16 "atomic.and16" (I64, I64) -> I32 u16;
                    AtomicAnd32 "atomic.and32" (I64, I64) -> I32 u32;
                    AtomicAnd64 "atomic.and64" (I64, I64) -> I64 u64;
                }
                // `dst = memory m [a + offset]; memory m [a + offset] = dst | b`
                AtomicOr {
                    AtomicOr8 "atomic.or8" (I64, I64) -> I32 u8;
                    AtomicOr16 "atomic.or16" (I64, I64) -> I32 u16;
                    AtomicOr32 "atomic.or32" (I64, I64) -> I32 u32;
                    AtomicOr64 "atomic.or64" (I64, I64) -> I64 u64;
                }
                // `dst = memory m [a + offset]; memory m [a + offset] = dst ^ b`
                AtomicXor {
                    AtomicXor8 "atomic.xor8" (I64, I64) -> I32 u8;
                    AtomicXor16 "atomic.xor16" (I64, I64) -> I32 u16;
                    AtomicXor32 "atomic.xor32" (I64, I64) -> I32 u32;
                    AtomicXor64 "atomic.xor64" (I64, I64) -> I64 u64;
                }
                // `dst = memory m [a + offset]; memory m [a + offset] = b`
                AtomicXchg {
                    AtomicXchg8 "atomic.xchg8" (I64, I64) -> I32 u8;
                    AtomicXchg16 "atomic.xchg16" (I64, I64) -> I32 u16;
                    AtomicXchg32 "atomic.xchg32" (I64, I64) -> I32 u32;
                    AtomicXchg64 "atomic.xchg64" (I64, I64) -> I64 u64;
                }
                // `dst = memory m [a + offset]; if dst == b { memory m [a + offset] = c }`
                AtomicCmpxchg {
                    AtomicCmpxchg8 "atomic.cmpxchg8" (I64, I64, I64) -> I32 u8;
                    AtomicCmpxchg16 "atomic.cmpxchg16" (I64, I64, I64) -> I32 u16;
                    AtomicCmpxchg32 "atomic.cmpxchg32" (I64, I64, I64) -> I32 u32;
                    AtomicCmpxchg64 "atomic.cmpxchg64" (I64, I64, I64) -> I64 u64;
                }
                // no access of this thread moves past it
                AtomicFence {
                    AtomicFence "atomic.fence" () -> None none;
                }
        }
    };
}
