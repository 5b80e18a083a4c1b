//! Every vector instruction, one row each, for whoever treats them all alike: the executor's handlers, the tests.
//!
//! A row reads `Variant name shape;`: the instruction's variant in `fantail_core::Instr`, the name of its function in
//! every back end, and the shape of that function:
//!
//! | shape | function |
//! |---|---|
//! | `un`, `bin`, `tern` | `fn(V128) -> V128`, with one, two or three operands |
//! | `shift` | `fn(V128, n: u32) -> V128` |
//! | `test` | `fn(V128) -> bool` |
//! | `bitmask` | `fn(V128) -> u32` |
//! | `splat_i32`, `splat_i64`, `splat_f32`, `splat_f64` | `fn(u32) -> V128`, and so on with `u64`, `f32`, `f64` |
//! | `extract_i32`, … | `fn(V128, lane: u8) -> u32`, and so on |
//! | `replace_i32`, … | `fn(V128, lane: u8, u32) -> V128`, and so on |
//! | `shuffle` | `fn(V128, V128, lanes: [u8; 16]) -> V128` |
//! | `load8`, `load16`, `load32`, `load64` | `fn(u8) -> V128`, and so on: the vector made of that many loaded bits |
//! | `load_lane8`, … | `fn(V128, lane: u8, u8) -> V128`, and so on: the vector with the lane replaced by the loaded bits |
//! | `store_lane8`, … | `fn(V128, lane: u8) -> u8`, and so on: the bits to store |
//!
//! Invariant (tested): the rows are all instructions of the proposals `Simd` and `RelaxedSimd` but `v128.load`,
//! `v128.store` and `v128.const`, which compute nothing.

/// Calls the macro `$callback` with one row per vector instruction: `Variant name shape;`.
///
/// The shapes are `un`, `bin`, `tern`, `shift`, `test`, `bitmask`, `shuffle`, and by width or type `splat_*`,
/// `extract_*`, `replace_*`, `load*`, `load_lane*`, `store_lane*`; the source of this macro tells what each stands for.
#[macro_export]
macro_rules! for_each_simd {
    ($callback:ident) => {
        $callback! {
            V128Load8x8S                  v128_load8x8_s                       load64;
            V128Load8x8U                  v128_load8x8_u                       load64;
            V128Load16x4S                 v128_load16x4_s                      load64;
            V128Load16x4U                 v128_load16x4_u                      load64;
            V128Load32x2S                 v128_load32x2_s                      load64;
            V128Load32x2U                 v128_load32x2_u                      load64;
            V128Load8Splat                v128_load8_splat                     load8;
            V128Load16Splat               v128_load16_splat                    load16;
            V128Load32Splat               v128_load32_splat                    load32;
            V128Load64Splat               v128_load64_splat                    load64;
            I8x16Shuffle                  i8x16_shuffle                        shuffle;
            I8x16Swizzle                  i8x16_swizzle                        bin;
            I8x16Splat                    i8x16_splat                          splat_i32;
            I16x8Splat                    i16x8_splat                          splat_i32;
            I32x4Splat                    i32x4_splat                          splat_i32;
            I64x2Splat                    i64x2_splat                          splat_i64;
            F32x4Splat                    f32x4_splat                          splat_f32;
            F64x2Splat                    f64x2_splat                          splat_f64;
            I8x16ExtractLaneS             i8x16_extract_lane_s                 extract_i32;
            I8x16ExtractLaneU             i8x16_extract_lane_u                 extract_i32;
            I8x16ReplaceLane              i8x16_replace_lane                   replace_i32;
            I16x8ExtractLaneS             i16x8_extract_lane_s                 extract_i32;
            I16x8ExtractLaneU             i16x8_extract_lane_u                 extract_i32;
            I16x8ReplaceLane              i16x8_replace_lane                   replace_i32;
            I32x4ExtractLane              i32x4_extract_lane                   extract_i32;
            I32x4ReplaceLane              i32x4_replace_lane                   replace_i32;
            I64x2ExtractLane              i64x2_extract_lane                   extract_i64;
            I64x2ReplaceLane              i64x2_replace_lane                   replace_i64;
            F32x4ExtractLane              f32x4_extract_lane                   extract_f32;
            F32x4ReplaceLane              f32x4_replace_lane                   replace_f32;
            F64x2ExtractLane              f64x2_extract_lane                   extract_f64;
            F64x2ReplaceLane              f64x2_replace_lane                   replace_f64;
            I8x16Eq                       i8x16_eq                             bin;
            I8x16Ne                       i8x16_ne                             bin;
            I8x16LtS                      i8x16_lt_s                           bin;
            I8x16LtU                      i8x16_lt_u                           bin;
            I8x16GtS                      i8x16_gt_s                           bin;
            I8x16GtU                      i8x16_gt_u                           bin;
            I8x16LeS                      i8x16_le_s                           bin;
            I8x16LeU                      i8x16_le_u                           bin;
            I8x16GeS                      i8x16_ge_s                           bin;
            I8x16GeU                      i8x16_ge_u                           bin;
            I16x8Eq                       i16x8_eq                             bin;
            I16x8Ne                       i16x8_ne                             bin;
            I16x8LtS                      i16x8_lt_s                           bin;
            I16x8LtU                      i16x8_lt_u                           bin;
            I16x8GtS                      i16x8_gt_s                           bin;
            I16x8GtU                      i16x8_gt_u                           bin;
            I16x8LeS                      i16x8_le_s                           bin;
            I16x8LeU                      i16x8_le_u                           bin;
            I16x8GeS                      i16x8_ge_s                           bin;
            I16x8GeU                      i16x8_ge_u                           bin;
            I32x4Eq                       i32x4_eq                             bin;
            I32x4Ne                       i32x4_ne                             bin;
            I32x4LtS                      i32x4_lt_s                           bin;
            I32x4LtU                      i32x4_lt_u                           bin;
            I32x4GtS                      i32x4_gt_s                           bin;
            I32x4GtU                      i32x4_gt_u                           bin;
            I32x4LeS                      i32x4_le_s                           bin;
            I32x4LeU                      i32x4_le_u                           bin;
            I32x4GeS                      i32x4_ge_s                           bin;
            I32x4GeU                      i32x4_ge_u                           bin;
            F32x4Eq                       f32x4_eq                             bin;
            F32x4Ne                       f32x4_ne                             bin;
            F32x4Lt                       f32x4_lt                             bin;
            F32x4Gt                       f32x4_gt                             bin;
            F32x4Le                       f32x4_le                             bin;
            F32x4Ge                       f32x4_ge                             bin;
            F64x2Eq                       f64x2_eq                             bin;
            F64x2Ne                       f64x2_ne                             bin;
            F64x2Lt                       f64x2_lt                             bin;
            F64x2Gt                       f64x2_gt                             bin;
            F64x2Le                       f64x2_le                             bin;
            F64x2Ge                       f64x2_ge                             bin;
            V128Not                       v128_not                             un;
            V128And                       v128_and                             bin;
            V128Andnot                    v128_andnot                          bin;
            V128Or                        v128_or                              bin;
            V128Xor                       v128_xor                             bin;
            V128Bitselect                 v128_bitselect                       tern;
            V128AnyTrue                   v128_any_true                        test;
            V128Load8Lane                 v128_load8_lane                      load_lane8;
            V128Load16Lane                v128_load16_lane                     load_lane16;
            V128Load32Lane                v128_load32_lane                     load_lane32;
            V128Load64Lane                v128_load64_lane                     load_lane64;
            V128Store8Lane                v128_store8_lane                     store_lane8;
            V128Store16Lane               v128_store16_lane                    store_lane16;
            V128Store32Lane               v128_store32_lane                    store_lane32;
            V128Store64Lane               v128_store64_lane                    store_lane64;
            V128Load32Zero                v128_load32_zero                     load32;
            V128Load64Zero                v128_load64_zero                     load64;
            F32x4DemoteF64x2Zero          f32x4_demote_f64x2_zero              un;
            F64x2PromoteLowF32x4          f64x2_promote_low_f32x4              un;
            I8x16Abs                      i8x16_abs                            un;
            I8x16Neg                      i8x16_neg                            un;
            I8x16Popcnt                   i8x16_popcnt                         un;
            I8x16AllTrue                  i8x16_all_true                       test;
            I8x16Bitmask                  i8x16_bitmask                        bitmask;
            I8x16NarrowI16x8S             i8x16_narrow_i16x8_s                 bin;
            I8x16NarrowI16x8U             i8x16_narrow_i16x8_u                 bin;
            F32x4Ceil                     f32x4_ceil                           un;
            F32x4Floor                    f32x4_floor                          un;
            F32x4Trunc                    f32x4_trunc                          un;
            F32x4Nearest                  f32x4_nearest                        un;
            I8x16Shl                      i8x16_shl                            shift;
            I8x16ShrS                     i8x16_shr_s                          shift;
            I8x16ShrU                     i8x16_shr_u                          shift;
            I8x16Add                      i8x16_add                            bin;
            I8x16AddSatS                  i8x16_add_sat_s                      bin;
            I8x16AddSatU                  i8x16_add_sat_u                      bin;
            I8x16Sub                      i8x16_sub                            bin;
            I8x16SubSatS                  i8x16_sub_sat_s                      bin;
            I8x16SubSatU                  i8x16_sub_sat_u                      bin;
            F64x2Ceil                     f64x2_ceil                           un;
            F64x2Floor                    f64x2_floor                          un;
            I8x16MinS                     i8x16_min_s                          bin;
            I8x16MinU                     i8x16_min_u                          bin;
            I8x16MaxS                     i8x16_max_s                          bin;
            I8x16MaxU                     i8x16_max_u                          bin;
            F64x2Trunc                    f64x2_trunc                          un;
            I8x16AvgrU                    i8x16_avgr_u                         bin;
            I16x8ExtaddPairwiseI8x16S     i16x8_extadd_pairwise_i8x16_s        un;
            I16x8ExtaddPairwiseI8x16U     i16x8_extadd_pairwise_i8x16_u        un;
            I32x4ExtaddPairwiseI16x8S     i32x4_extadd_pairwise_i16x8_s        un;
            I32x4ExtaddPairwiseI16x8U     i32x4_extadd_pairwise_i16x8_u        un;
            I16x8Abs                      i16x8_abs                            un;
            I16x8Neg                      i16x8_neg                            un;
            I16x8Q15mulrSatS              i16x8_q15mulr_sat_s                  bin;
            I16x8AllTrue                  i16x8_all_true                       test;
            I16x8Bitmask                  i16x8_bitmask                        bitmask;
            I16x8NarrowI32x4S             i16x8_narrow_i32x4_s                 bin;
            I16x8NarrowI32x4U             i16x8_narrow_i32x4_u                 bin;
            I16x8ExtendLowI8x16S          i16x8_extend_low_i8x16_s             un;
            I16x8ExtendHighI8x16S         i16x8_extend_high_i8x16_s            un;
            I16x8ExtendLowI8x16U          i16x8_extend_low_i8x16_u             un;
            I16x8ExtendHighI8x16U         i16x8_extend_high_i8x16_u            un;
            I16x8Shl                      i16x8_shl                            shift;
            I16x8ShrS                     i16x8_shr_s                          shift;
            I16x8ShrU                     i16x8_shr_u                          shift;
            I16x8Add                      i16x8_add                            bin;
            I16x8AddSatS                  i16x8_add_sat_s                      bin;
            I16x8AddSatU                  i16x8_add_sat_u                      bin;
            I16x8Sub                      i16x8_sub                            bin;
            I16x8SubSatS                  i16x8_sub_sat_s                      bin;
            I16x8SubSatU                  i16x8_sub_sat_u                      bin;
            F64x2Nearest                  f64x2_nearest                        un;
            I16x8Mul                      i16x8_mul                            bin;
            I16x8MinS                     i16x8_min_s                          bin;
            I16x8MinU                     i16x8_min_u                          bin;
            I16x8MaxS                     i16x8_max_s                          bin;
            I16x8MaxU                     i16x8_max_u                          bin;
            I16x8AvgrU                    i16x8_avgr_u                         bin;
            I16x8ExtmulLowI8x16S          i16x8_extmul_low_i8x16_s             bin;
            I16x8ExtmulHighI8x16S         i16x8_extmul_high_i8x16_s            bin;
            I16x8ExtmulLowI8x16U          i16x8_extmul_low_i8x16_u             bin;
            I16x8ExtmulHighI8x16U         i16x8_extmul_high_i8x16_u            bin;
            I32x4Abs                      i32x4_abs                            un;
            I32x4Neg                      i32x4_neg                            un;
            I32x4AllTrue                  i32x4_all_true                       test;
            I32x4Bitmask                  i32x4_bitmask                        bitmask;
            I32x4ExtendLowI16x8S          i32x4_extend_low_i16x8_s             un;
            I32x4ExtendHighI16x8S         i32x4_extend_high_i16x8_s            un;
            I32x4ExtendLowI16x8U          i32x4_extend_low_i16x8_u             un;
            I32x4ExtendHighI16x8U         i32x4_extend_high_i16x8_u            un;
            I32x4Shl                      i32x4_shl                            shift;
            I32x4ShrS                     i32x4_shr_s                          shift;
            I32x4ShrU                     i32x4_shr_u                          shift;
            I32x4Add                      i32x4_add                            bin;
            I32x4Sub                      i32x4_sub                            bin;
            I32x4Mul                      i32x4_mul                            bin;
            I32x4MinS                     i32x4_min_s                          bin;
            I32x4MinU                     i32x4_min_u                          bin;
            I32x4MaxS                     i32x4_max_s                          bin;
            I32x4MaxU                     i32x4_max_u                          bin;
            I32x4DotI16x8S                i32x4_dot_i16x8_s                    bin;
            I32x4ExtmulLowI16x8S          i32x4_extmul_low_i16x8_s             bin;
            I32x4ExtmulHighI16x8S         i32x4_extmul_high_i16x8_s            bin;
            I32x4ExtmulLowI16x8U          i32x4_extmul_low_i16x8_u             bin;
            I32x4ExtmulHighI16x8U         i32x4_extmul_high_i16x8_u            bin;
            I64x2Abs                      i64x2_abs                            un;
            I64x2Neg                      i64x2_neg                            un;
            I64x2AllTrue                  i64x2_all_true                       test;
            I64x2Bitmask                  i64x2_bitmask                        bitmask;
            I64x2ExtendLowI32x4S          i64x2_extend_low_i32x4_s             un;
            I64x2ExtendHighI32x4S         i64x2_extend_high_i32x4_s            un;
            I64x2ExtendLowI32x4U          i64x2_extend_low_i32x4_u             un;
            I64x2ExtendHighI32x4U         i64x2_extend_high_i32x4_u            un;
            I64x2Shl                      i64x2_shl                            shift;
            I64x2ShrS                     i64x2_shr_s                          shift;
            I64x2ShrU                     i64x2_shr_u                          shift;
            I64x2Add                      i64x2_add                            bin;
            I64x2Sub                      i64x2_sub                            bin;
            I64x2Mul                      i64x2_mul                            bin;
            I64x2Eq                       i64x2_eq                             bin;
            I64x2Ne                       i64x2_ne                             bin;
            I64x2LtS                      i64x2_lt_s                           bin;
            I64x2GtS                      i64x2_gt_s                           bin;
            I64x2LeS                      i64x2_le_s                           bin;
            I64x2GeS                      i64x2_ge_s                           bin;
            I64x2ExtmulLowI32x4S          i64x2_extmul_low_i32x4_s             bin;
            I64x2ExtmulHighI32x4S         i64x2_extmul_high_i32x4_s            bin;
            I64x2ExtmulLowI32x4U          i64x2_extmul_low_i32x4_u             bin;
            I64x2ExtmulHighI32x4U         i64x2_extmul_high_i32x4_u            bin;
            F32x4Abs                      f32x4_abs                            un;
            F32x4Neg                      f32x4_neg                            un;
            F32x4Sqrt                     f32x4_sqrt                           un;
            F32x4Add                      f32x4_add                            bin;
            F32x4Sub                      f32x4_sub                            bin;
            F32x4Mul                      f32x4_mul                            bin;
            F32x4Div                      f32x4_div                            bin;
            F32x4Min                      f32x4_min                            bin;
            F32x4Max                      f32x4_max                            bin;
            F32x4Pmin                     f32x4_pmin                           bin;
            F32x4Pmax                     f32x4_pmax                           bin;
            F64x2Abs                      f64x2_abs                            un;
            F64x2Neg                      f64x2_neg                            un;
            F64x2Sqrt                     f64x2_sqrt                           un;
            F64x2Add                      f64x2_add                            bin;
            F64x2Sub                      f64x2_sub                            bin;
            F64x2Mul                      f64x2_mul                            bin;
            F64x2Div                      f64x2_div                            bin;
            F64x2Min                      f64x2_min                            bin;
            F64x2Max                      f64x2_max                            bin;
            F64x2Pmin                     f64x2_pmin                           bin;
            F64x2Pmax                     f64x2_pmax                           bin;
            I32x4TruncSatF32x4S           i32x4_trunc_sat_f32x4_s              un;
            I32x4TruncSatF32x4U           i32x4_trunc_sat_f32x4_u              un;
            F32x4ConvertI32x4S            f32x4_convert_i32x4_s                un;
            F32x4ConvertI32x4U            f32x4_convert_i32x4_u                un;
            I32x4TruncSatF64x2SZero       i32x4_trunc_sat_f64x2_s_zero         un;
            I32x4TruncSatF64x2UZero       i32x4_trunc_sat_f64x2_u_zero         un;
            F64x2ConvertLowI32x4S         f64x2_convert_low_i32x4_s            un;
            F64x2ConvertLowI32x4U         f64x2_convert_low_i32x4_u            un;
            I8x16RelaxedSwizzle           i8x16_relaxed_swizzle                bin;
            I32x4RelaxedTruncF32x4S       i32x4_relaxed_trunc_f32x4_s          un;
            I32x4RelaxedTruncF32x4U       i32x4_relaxed_trunc_f32x4_u          un;
            I32x4RelaxedTruncF64x2SZero   i32x4_relaxed_trunc_f64x2_s_zero     un;
            I32x4RelaxedTruncF64x2UZero   i32x4_relaxed_trunc_f64x2_u_zero     un;
            F32x4RelaxedMadd              f32x4_relaxed_madd                   tern;
            F32x4RelaxedNmadd             f32x4_relaxed_nmadd                  tern;
            F64x2RelaxedMadd              f64x2_relaxed_madd                   tern;
            F64x2RelaxedNmadd             f64x2_relaxed_nmadd                  tern;
            I8x16RelaxedLaneselect        i8x16_relaxed_laneselect             tern;
            I16x8RelaxedLaneselect        i16x8_relaxed_laneselect             tern;
            I32x4RelaxedLaneselect        i32x4_relaxed_laneselect             tern;
            I64x2RelaxedLaneselect        i64x2_relaxed_laneselect             tern;
            F32x4RelaxedMin               f32x4_relaxed_min                    bin;
            F32x4RelaxedMax               f32x4_relaxed_max                    bin;
            F64x2RelaxedMin               f64x2_relaxed_min                    bin;
            F64x2RelaxedMax               f64x2_relaxed_max                    bin;
            I16x8RelaxedQ15mulrS          i16x8_relaxed_q15mulr_s              bin;
            I16x8RelaxedDotI8x16I7x16S    i16x8_relaxed_dot_i8x16_i7x16_s      bin;
            I32x4RelaxedDotI8x16I7x16AddS i32x4_relaxed_dot_i8x16_i7x16_add_s  tern;
        }
    };
}

/// Calls the macro `$callback` with one row per relaxed instruction, as [`for_each_simd!`] does for all.
#[macro_export]
macro_rules! for_each_relaxed {
    ($callback:ident) => {
        $callback! {
            I8x16RelaxedSwizzle           i8x16_relaxed_swizzle                bin;
            I32x4RelaxedTruncF32x4S       i32x4_relaxed_trunc_f32x4_s          un;
            I32x4RelaxedTruncF32x4U       i32x4_relaxed_trunc_f32x4_u          un;
            I32x4RelaxedTruncF64x2SZero   i32x4_relaxed_trunc_f64x2_s_zero     un;
            I32x4RelaxedTruncF64x2UZero   i32x4_relaxed_trunc_f64x2_u_zero     un;
            F32x4RelaxedMadd              f32x4_relaxed_madd                   tern;
            F32x4RelaxedNmadd             f32x4_relaxed_nmadd                  tern;
            F64x2RelaxedMadd              f64x2_relaxed_madd                   tern;
            F64x2RelaxedNmadd             f64x2_relaxed_nmadd                  tern;
            I8x16RelaxedLaneselect        i8x16_relaxed_laneselect             tern;
            I16x8RelaxedLaneselect        i16x8_relaxed_laneselect             tern;
            I32x4RelaxedLaneselect        i32x4_relaxed_laneselect             tern;
            I64x2RelaxedLaneselect        i64x2_relaxed_laneselect             tern;
            F32x4RelaxedMin               f32x4_relaxed_min                    bin;
            F32x4RelaxedMax               f32x4_relaxed_max                    bin;
            F64x2RelaxedMin               f64x2_relaxed_min                    bin;
            F64x2RelaxedMax               f64x2_relaxed_max                    bin;
            I16x8RelaxedQ15mulrS          i16x8_relaxed_q15mulr_s              bin;
            I16x8RelaxedDotI8x16I7x16S    i16x8_relaxed_dot_i8x16_i7x16_s      bin;
            I32x4RelaxedDotI8x16I7x16AddS i32x4_relaxed_dot_i8x16_i7x16_add_s  tern;
        }
    };
}
