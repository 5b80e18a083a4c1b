//! Every variant of every op that does not call, run in both dispatchers on random operands, against a model that
//! knows nothing but what the table says of it.

#![expect(unsafe_code, reason = "runs ops by hand")]

mod model;
mod state;

use super::dispatch::looped::Looped;
use super::dispatch::{Dispatch, Entry, Exec, Exit, Regs};
use super::handlers::handlers;
use super::operand::{Value, set_kept};
use crate::store::entity::{ExecContext, GlobalEntity, MemoryEntity, TableEntity};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::AtomicUsize;
use fantail_core::ir::{Class, Family, Field, Name, OPS, Op, OpAt, Role, Shape, Ty};
use fantail_core::num::counting::Relation;
use fantail_core::types::{Limits, MemoryType};
use fantail_simd::V128;
use model::{End, model, raw, value};
use state::{Random, State};

const CELLS: usize = 64;
const MEMORY: usize = 128;
const ELEMENTS: usize = 8;
/// The epoch at which execution traps.
const DEADLINE: usize = 2;
const TRIALS: usize = 24;

/// The op after the one under test, and at its targets: hands the registers out.
struct Capture;

impl Exec for Capture {
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the test keeps room there.
        unsafe { *(*regs.ctx).store.cast::<Captured>() = Captured { regs, stack: native_stack() } };
        D::exit(Exit::HALT)
    }
}

/// What [`Capture`] hands out.
struct Captured {
    regs: Regs,
    stack: usize,
}

/// About where the native stack ends.
#[inline(never)]
fn native_stack() -> usize {
    let here = 0u8;
    core::hint::black_box(&raw const here).addr()
}
/// Sets `field` of the op.
fn set(words: &mut [u64], field: Field, value: u64) {
    let (word, shift, width) = match field {
        Field::D => (1, 0, 16),
        Field::A => (1, 16, 16),
        Field::B => (1, 32, 32),
        Field::B16 => (1, 32, 16),
        Field::C16 => (1, 48, 16),
        Field::W1 => (1, 0, 64),
        Field::W2 => (2, 0, 64),
        Field::W2Lo => (2, 0, 32),
        Field::W2Hi => (2, 32, 32),
        Field::W3 => (3, 0, 64),
    };
    let mask = u64::MAX >> (64 - width) << shift;
    words[word] = words[word] & !mask | value << shift & mask;
}

/// The words of `op` with random fields, its slots inside the frame, its indices 0.
fn encode(op: Op, random: &mut Random) -> Vec<u64> {
    let info = op.family().info();
    let targets = if op.family() == Family::BrTable { 1 + random.below(4) } else { 0 };
    let mut words: Vec<u64> = (0..op.words() + targets).map(|_| random.bits()).collect();
    words[0] = op.number() as u64;
    for (operand, class) in info.operands.as_slice().iter().zip(op.classes()) {
        let value = match operand.role {
            Role::Targets => targets as u64,
            Role::Target => continue,
            Role::Num(Name::Offset | Name::Sum) => match random.below(4) {
                0 => random.bits(),
                _ => random.below(MEMORY) as u64,
            },
            Role::Num(Name::Step | Name::Mask) => random.bits(),
            Role::Num(Name::Relation) => random.below(Relation::ALL.len()) as u64,
            Role::Num(Name::First) => 3,
            Role::Num(Name::Cells) => random.below(CELLS * 3 / 2) as u64,
            Role::Num(Name::Constant | Name::LanesHigh | Name::Lane | Name::Lanes) => continue,
            Role::Num(_) => 0,
            _ if class == Class::Imm && info.float_imm != 0 && !operand.ty.is_int() => {
                words[usize::from(info.float_imm)] = random.value(operand.ty) as u64;
                continue;
            }
            _ if class == Class::Imm => random.value(operand.ty) as u64,
            // Upper halves of fields that hold slot numbers mean nothing.
            _ if operand.field == Field::B => {
                random.below(CELLS - 4) as u64
                    | if info.shape == Shape::Wide2 { 0 } else { random.bits() << 16 }
            }
            _ => random.below(CELLS - 4) as u64,
        };
        set(&mut words, operand.field, value);
    }
    if matches!(op.family(), Family::ZeroCells | Family::ZeroCellsPin) {
        set(&mut words, Field::B, random.below(20) as u64);
    }
    words
}

/// What surrounds an op under test.
struct World {
    ctx: Box<ExecContext>,
    memory: Box<MaybeUninit<MemoryEntity>>,
    table: Box<MaybeUninit<TableEntity>>,
    global: Box<MaybeUninit<GlobalEntity>>,
    pointers: Box<[*mut (); 3]>,
    handles: [u64; 1],
    /// Where the native stack ended after the first op.
    stack: Option<usize>,
}

impl World {
    fn new() -> Self {
        let ctx = Box::new(ExecContext::empty());
        Self {
            ctx,
            memory: Box::new(MaybeUninit::zeroed()),
            table: Box::new(MaybeUninit::zeroed()),
            global: Box::new(MaybeUninit::zeroed()),
            pointers: Box::new([ptr::null_mut(); 3]),
            handles: [0x1234],
            stack: None,
        }
    }

    /// Runs one op from `state`.
    #[inline(never)]
    fn run<D: Dispatch>(&mut self, table: &[D::Handler; OPS], op: &OpAt<'_>, state: &mut State) -> End {
        const TARGET: usize = 64;
        let capture = <D::Of<Capture>>::HANDLER;
        let mut code: Vec<MaybeUninit<u64>> = op.words.iter().map(|&word| MaybeUninit::new(word)).collect();
        code.resize(TARGET + 16, MaybeUninit::zeroed());
        let start: *mut u64 = code.as_mut_ptr().cast();
        let mut out = MaybeUninit::<Captured>::uninit();
        // SAFETY: what is set up here is what the op may touch, by the fields that `encode` gave it.
        unsafe {
            *start.cast::<D::Handler>() = table[op.op.number()];
            *start.wrapping_add(op.words.len()).cast::<D::Handler>() = capture;
            for (i, n) in op.targets().enumerate() {
                let target = start.wrapping_add(TARGET + i);
                *target.cast::<D::Handler>() = capture;
                *start.wrapping_add(n).cast::<*const u64>() = target;
            }
            let memory = self.memory.as_mut_ptr();
            (*memory).base = state.memory.as_mut_ptr();
            (*memory).len = MEMORY;
            let limits = Limits { min: 7, max: None, is64: false };
            ptr::write(&raw mut (*memory).ty, MemoryType { limits, shared: false, page_size_log2: 16 });
            let elements = self.table.as_mut_ptr();
            (*elements).base = state.elements.as_mut_ptr();
            (*elements).len = ELEMENTS;
            let global = self.global.as_mut_ptr();
            (*global).cells = state.global;
            *self.pointers = [memory.cast(), elements.cast(), global.cast()];
            let pointers: *mut *mut () = self.pointers.as_mut_ptr();
            let ctx: *mut ExecContext = &raw mut *self.ctx;
            (*ctx).memories = pointers.cast();
            (*ctx).tables = pointers.wrapping_add(1).cast();
            (*ctx).globals = pointers.wrapping_add(2).cast();
            (*ctx).handles = self.handles.as_ptr();
            (*ctx).set_memory(state.memory.as_mut_ptr(), MEMORY);
            (*ctx).store = out.as_mut_ptr().cast();
            let epoch = AtomicUsize::new(state.epoch);
            ((*ctx).fuel, (*ctx).epoch, (*ctx).deadline) = (state.fuel, &raw const epoch, DEADLINE);
            let fp = state.cells.as_mut_ptr();
            (*ctx).limit = fp.wrapping_add(CELLS).wrapping_sub(crate::store::entity::FRAME_MARGIN);
            let mut regs = Regs::start(start, fp, state.memory.as_mut_ptr(), ctx);
            (regs.acc, regs.pin) = (state.acc, state.pin);
            (regs.f32, regs.f64) = (f32::from_bits(state.f32), f64::from_bits(state.f64));
            value::<V128>(state.v128).set_acc(&mut regs);
            set_kept(&mut regs, value(state.kept));
            // The guess in the loop register may be right or wrong, and is right afterwards.
            let loops =
                op.operands().any(|(operand, class)| operand.role == Role::Target && class == Class::Acc);
            regs.set_guess(start.wrapping_add(if state.acc & 1 == 0 { TARGET } else { 0 }));
            let exit = D::run(regs);
            state.global = (*global).cells;
            state.fuel = (*ctx).fuel;
            if let Some(code) = exit.trap_code() {
                assert_eq!(((*ctx).exit_ip, (*ctx).exit_fp), (start.cast_const(), fp), "place of the trap");
                return End::Trap(code);
            }
            assert_eq!(exit, Exit::HALT);
            let Captured { regs, stack } = out.assume_init();
            assert_eq!(
                stack,
                *self.stack.get_or_insert(stack),
                "end of the native stack: has the handler left a frame?"
            );
            assert_eq!((regs.fp, regs.mem), (fp, state.memory.as_mut_ptr()));
            (state.acc, state.pin) = (regs.acc, regs.pin);
            (state.f32, state.f64) = (regs.f32.to_bits(), regs.f64.to_bits());
            (state.v128, state.kept) = (raw(V128::acc(&regs)), raw(V128::beside(&regs)));
            match regs.ip.offset_from(start) as usize {
                at if at >= TARGET => {
                    assert!(!loops || regs.guess() == regs.ip, "the loop register after a branch back");
                    End::Target(at - TARGET)
                }
                at => {
                    assert_eq!(at, op.words.len(), "where the op ended");
                    End::Next
                }
            }
        }
    }
}

fn test_all_variants<D: Dispatch>() {
    // Constant, so that only variants that exist are compiled.
    let table = &const { handlers::<D>() };
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut world = World::new();
    let mut tested = 0;
    for number in 0..OPS as u64 {
        let op = Op::new(number).expect("a number of an op");
        for trial in 0..TRIALS {
            let words = encode(op, &mut random);
            let op = OpAt { at: 0, op, words: &words };
            let before = State::random(&mut random);
            let mut expected = before.clone();
            let Some(end) = model(&op, &mut expected) else { break };
            tested += usize::from(trial == 0);
            let mut found = before.clone();
            let found_end = world.run::<D>(table, &op, &mut found);
            assert_eq!(found_end, end, "{:?} {words:x?} from {before:x?}", op.op);
            if !matches!(end, End::Trap(_)) {
                assert_eq!(found, expected, "{:?} {words:x?} from {before:x?}", op.op);
            }
        }
    }
    // What is left are calls, what the executor calls out for, and ops on objects, which need a heap: the official suite
    // runs these.
    assert!(tested > 7_800, "only {tested} of {OPS} ops were tested");
}

/// Each op that makes steps of a recurrence, against these steps and the counter's one by one.
#[test]
fn recurrences_go_ahead_as_if_they_went_step_by_step() {
    let table = &const { handlers::<Looped>() };
    let mut random = Random(0x51_7c_c1_b7_27_22_0a_95);
    let mut world = World::new();
    let all = (0..OPS as u64).filter_map(Op::new).filter(|op| op.family().shape() == Shape::AddShiftAhead);
    for (op, rounds) in all.flat_map(|op| [0, 1, 2, 3, 50].map(|rounds| (op, rounds))) {
        let [x_class, _, y_class, z_class, limit_class, _] = op.classes();
        // One of them is pinned at most.
        if [x_class, y_class, z_class].iter().filter(|&&class| class == Class::Pin).count() > 1 {
            continue;
        }
        let (x, y, z, limit_slot) = (1, 2, 3, 4);
        let mut state = State::random(&mut random);
        let mut words = encode(op, &mut random);
        let step = random.bits() as i16 | 1;
        let limit = random.bits() as i16;
        let relation = Relation::Ne as u64;
        let fields = [(Field::D, x), (Field::A, step as u64), (Field::B16, y), (Field::C16, z)];
        let in_word_2 = if limit_class == Class::Imm { limit as u16 as u64 } else { limit_slot };
        for (field, value) in fields.into_iter().chain([(Field::W2Lo, in_word_2), (Field::W2Hi, relation)]) {
            set(&mut words, field, value);
        }
        let op = OpAt { at: 0, op, words: &words };
        let types = op.operands().map(|(operand, _)| operand.ty).collect::<Vec<_>>();
        let cut = |ty: Ty, value: u64| if ty == Ty::I32 { u64::from(value as u32) } else { value };
        // The branch that follows makes one more step.
        let start = i64::from(limit).wrapping_sub(i64::from(step).wrapping_mul(rounds + 1)) as u64;
        state.cells[x as usize] = cut(types[0], start);
        state.cells[limit_slot as usize] = cut(types[0], i64::from(limit) as u64);
        for slot in [y, z] {
            state.cells[slot as usize] = cut(types[2], random.bits());
        }
        for (class, slot) in [(x_class, x), (y_class, y), (z_class, z)] {
            state.pin = if class == Class::Pin { state.cells[slot as usize] } else { state.pin };
        }
        let mut expected = state.clone();
        let cells = &mut expected.cells;
        for _ in 0..rounds {
            let sum = cells[y as usize].wrapping_add(cells[z as usize]);
            (cells[y as usize], cells[z as usize]) = (cells[z as usize], cut(types[2], sum));
            cells[x as usize] = cut(types[0], cells[x as usize].wrapping_add(i64::from(step) as u64));
        }
        expected.acc = cells[z as usize];
        for (class, slot) in [(x_class, x), (y_class, y), (z_class, z)] {
            expected.pin = if class == Class::Pin { cells[slot as usize] } else { expected.pin };
        }
        assert_eq!(world.run::<Looped>(table, &op, &mut state), End::Next);
        assert_eq!(state, expected, "{:?} {words:x?} {rounds} times", op.op);
    }
}

#[cfg(fantail_tail)]
#[test]
fn every_variant_does_what_the_table_says_in_the_tail_dispatcher() {
    test_all_variants::<super::dispatch::tail::Tail>();
}

#[test]
fn every_variant_does_what_the_table_says_in_the_looped_dispatcher() {
    test_all_variants::<Looped>();
}

#[test]
fn a_position_is_found_wherever_the_code_lies() {
    let engine = crate::Engine::default();
    let bytes = wat::parse_str("(module (func))").expect("the text is well-formed");
    // What is allocated after the stubs takes the room that becomes free before them.
    let room: Vec<Vec<u8>> = (0..8).map(|_| core::hint::black_box(alloc::vec![1; 100_000])).collect();
    let modules: Vec<_> =
        (0..8).map(|_| crate::Module::new(&engine, &bytes).expect("the module is valid")).collect();
    drop(room);
    for module in &modules {
        let (inner, func) = (&module.inner, fantail_core::types::FuncIdx(0));
        let code = inner.code.translate(inner, func).expect("it is translated");
        assert_eq!(inner.code.position(code), Some((func, 0)));
    }
}
