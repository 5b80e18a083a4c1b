//! [`ModuleCode`]: the threaded code of a module, translated function by function.
//!
//! ```text
//! funcs[f] ──▶ stub f: │ Translate │ f, record │           until the first call
//! funcs[f] ──▶ arena:  │ handler │ fields │ … │            from then on
//! ```
//!
//! What stands in the words is that of the build's [`form`](super::form).
//!
//! # Invariants
//! - Code never moves and lives as long as the module: chunks are only added.
//! - A word of code is written before its address gets out (by a release store into `funcs[f]`, or into the call op
//!   that a stub patches) and never again, but for word 2 of `call` ops, which is only accessed atomically.
//! - Everything that changes is behind the lock, but for `funcs`.

#![cfg_attr(
    not(feature = "compile"),
    allow(dead_code, unused_imports, unused_variables, reason = "nothing is translated")
)]
#![expect(unsafe_code, reason = "code is reached through addresses, see the invariants above")]

use super::form::first_word;
#[cfg(feature = "fusion")]
use super::native::Native;
use super::runtime::Word;
#[cfg(feature = "fusion")]
use super::vector::Handlers;
use crate::Config;
use crate::fallible::{OutOfMemory, TryVec, try_boxed, try_copy};
use crate::gc::object::{Kind, header};
use crate::store::entity::ModuleInner;
use crate::sync::atomic::{AtomicPtr, Ordering};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use core::ptr;
use fantail_core::Error;
use fantail_core::image::Image;
use fantail_core::ir::{Action, Catch, Family, Handler, OpAt, Shape};
use fantail_core::module::Module;
#[cfg(feature = "compile")]
use fantail_core::translate::Translator;
use fantail_core::types::{CompositeType, FuncIdx, FuncType, TagIdx, TypeIdx, ValType};
#[cfg(feature = "compile")]
use fantail_core::validate::FuncValidator;
#[cfg(feature = "compile")]
use hashbrown::HashMap;
use spin::Mutex;

/// Words of a chunk, unless a function is larger. Where memory is scarce a chunk is a function.
const CHUNK: usize = if cfg!(feature = "fusion") { 8192 } else { 1 };

/// The code of a module, as far as it has been translated.
pub(crate) struct ModuleCode {
    /// Where each function that the module defines begins: its stub, or its code.
    funcs: Box<[AtomicPtr<u64>]>,
    stubs: Box<[Stub]>,
    /// Index of the first function in `funcs`.
    imported: u32,
    #[cfg(feature = "fusion")]
    pub(super) handlers: Handlers,
    /// The handlers of relaxed instructions, if not the deterministic ones.
    #[cfg(feature = "fusion")]
    pub(super) native: Option<&'static Native>,
    /// Where code is that is not in chunks.
    #[cfg(not(feature = "fusion"))]
    image: Option<InImage>,
    state: Mutex<State>,
}

/// Code in an image.
#[cfg(not(feature = "fusion"))]
struct InImage {
    words: &'static [u64],
    /// For each function the number of its first word, and where its return record is.
    funcs: Box<[(u32, u32)]>,
}

#[cfg(not(feature = "fusion"))]
impl InImage {
    /// Which of its functions the word at `ip` belongs to, and the number of the word in it.
    fn locate(&self, ip: *const u64) -> Option<(usize, usize)> {
        let word = ip.addr().checked_sub(self.words.as_ptr().addr())? / size_of::<u64>();
        if word >= self.words.len() {
            return None;
        }
        let func = self.funcs.partition_point(|&(start, _)| start as usize <= word).checked_sub(1)?;
        Some((func, word - self.funcs[func].0 as usize))
    }
}

/// What stands for a function until it has been translated.
#[repr(C, align(8))]
struct Stub {
    handler: Word,
    /// The function, and the offset of its return record in the upper half.
    func: u64,
}

#[derive(Default)]
struct State {
    #[cfg(feature = "compile")]
    validator: FuncValidator,
    #[cfg(feature = "compile")]
    translator: Translator,
    chunks: Vec<Chunk>,
    /// What collections asked before.
    #[cfg(feature = "compile")]
    ref_slots: HashMap<(FuncIdx, u32), Box<[u16]>>,
    /// The chunk in which a handler was last looked for.
    recent: usize,
}

struct Chunk {
    /// The memory, used up to `used`. Code in it is written and read through pointers.
    words: *mut MaybeUninit<u64>,
    len: usize,
    used: usize,
    /// The functions in it, by their first words.
    funcs: Vec<Func>,
}

struct Func {
    /// Its first word in the chunk.
    start: usize,
    func: FuncIdx,
    handlers: Box<[Handler]>,
}

/// What a function has to say about an exception.
pub(crate) enum Found {
    /// Where to go on, and how.
    Handler(*const u64, Catch),
    /// Nothing: its return record is that many cells from the start of its frame.
    Record(u32),
    /// There is no function at the place asked about.
    Nothing,
}

// SAFETY: a chunk owns its words; they are only written under the module's lock, or atomically.
unsafe impl Send for Chunk {}

impl Drop for Chunk {
    fn drop(&mut self) {
        // SAFETY: `Chunk::new` took the pointer out of such a box.
        drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(self.words, self.len)) });
    }
}

impl Chunk {
    fn new(len: usize) -> Result<Self, Error> {
        let mut words: Vec<MaybeUninit<u64>> = Vec::new();
        words.try_reserve_exact(len)?;
        // SAFETY: there is room, and what may be uninitialized need not be initialized.
        unsafe { words.set_len(len) };
        let words = Box::into_raw(words.into_boxed_slice());
        Ok(Self { words: words.cast(), len, used: 0, funcs: Vec::new() })
    }

    /// The number of the word at `ip`, and the function it belongs to, if it is in this chunk.
    fn locate(&self, ip: *const u64) -> Option<(usize, &Func)> {
        let word = ip.addr().checked_sub(self.words.addr())? / size_of::<u64>();
        if word >= self.used {
            return None;
        }
        let next = self.funcs.partition_point(|func| func.start <= word);
        Some((word, &self.funcs[next.checked_sub(1)?]))
    }
}

/// Offset of the return record in frames of functions of type `ty`: cells of the parameters or the results.
pub(crate) fn record(ty: &FuncType) -> u32 {
    let cells = |types: &[ValType]| types.iter().map(|ty| ty.cells()).sum::<u32>();
    cells(ty.params()).max(cells(ty.results()))
}

impl ModuleCode {
    /// Code for `module`, of which no function is translated.
    ///
    /// # Errors
    /// When memory is short.
    pub(crate) fn new(module: &Module, config: &Config) -> Result<Self, Error> {
        #[cfg(feature = "fusion")]
        let translate = first_word(Family::Translate);
        #[cfg(not(feature = "fusion"))]
        let translate = const { first_word(Family::Translate) };
        let imported = module.imported_funcs;
        let stubs = try_boxed((imported..module.funcs.len() as u32).map(|func| {
            let record = record(module.func_type(FuncIdx(func)));
            Stub { handler: translate, func: u64::from(func) | u64::from(record) << 32 }
        }))?;
        let stub_of = |stub: &Stub| AtomicPtr::new((&raw const *stub).cast::<u64>().cast_mut());
        let funcs = try_boxed(stubs.iter().map(stub_of))?;
        let state = State {
            #[cfg(feature = "compile")]
            translator: Translator::metered(config.metering),
            ..State::default()
        };
        #[cfg(feature = "fusion")]
        let native = if config.relaxed_deterministic { None } else { Native::of_this_machine() };
        Ok(Self {
            funcs,
            stubs,
            imported,
            #[cfg(feature = "fusion")]
            handlers: Handlers::new(config.simd_backend),
            #[cfg(feature = "fusion")]
            native,
            #[cfg(not(feature = "fusion"))]
            image: None,
            state: Mutex::new(state),
        })
    }

    /// The code of `image`, whose words are `words`: that of an image is executed in place.
    ///
    /// # Errors
    /// When memory is short.
    #[cfg(not(feature = "fusion"))]
    pub(crate) fn of_image(image: &Image, words: &'static [u64], _config: &Config) -> Result<Self, Error> {
        let (mut funcs, mut starts) = (Vec::new(), Vec::new());
        funcs.try_reserve_exact(image.functions.len())?;
        starts.try_reserve_exact(image.functions.len())?;
        for (func, function) in (image.module.imported_funcs..).map(FuncIdx).zip(&image.functions) {
            let start = function.range.start / 8;
            funcs.push(AtomicPtr::new(words.as_ptr().wrapping_add(start).cast_mut()));
            starts.push((start as u32, record(image.module.func_type(func))));
        }
        let imported = image.module.imported_funcs;
        let (funcs, image) = (funcs.into(), Some(InImage { words, funcs: starts.into() }));
        Ok(Self { funcs, stubs: Box::default(), imported, image, state: Mutex::default() })
    }

    /// The code of `image`, whose words are `words`: it is made threaded.
    ///
    /// # Errors
    /// When memory is short.
    #[cfg(feature = "fusion")]
    pub(crate) fn of_image(image: &Image, words: &'static [u64], config: &Config) -> Result<Self, Error> {
        let this = Self::new(&image.module, config)?;
        let mut state = this.state.lock();
        for (func, function) in (image.module.imported_funcs..).map(FuncIdx).zip(&image.functions) {
            let words = &words[function.range.start / 8..function.range.end / 8];
            let words = fantail_core::ir::compact::expand(words)?;
            let code = place(&mut state.chunks, words.len(), func)?;
            this.thread(&image.module, &words, func, code);
            this.funcs[(func.0 - this.imported) as usize].store(code, Ordering::Release);
        }
        drop(state);
        Ok(this)
    }

    /// Where the address of function 0 is kept, or would be if it were not imported.
    #[cfg(not(feature = "fusion"))]
    pub(crate) fn entries(&self) -> *const AtomicPtr<u64> {
        self.funcs.as_ptr().wrapping_sub(self.imported as usize)
    }

    /// Where the address of `func`, which the module defines, is kept.
    pub(crate) fn entry(&self, func: FuncIdx) -> *const AtomicPtr<u64> {
        &raw const self.funcs[(func.0 - self.imported) as usize]
    }

    #[cfg(feature = "compile")]
    /// Translates `func` unless that has been done, and returns where its code begins.
    ///
    /// # Errors
    /// When the function cannot be translated.
    pub(crate) fn translate(&self, module: &ModuleInner, func: FuncIdx) -> Result<*const u64, Error> {
        let mut state = self.state.lock();
        self.translate_locked(&mut state, module, func)
    }

    /// There is no translator.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(feature = "compile"))]
    pub(crate) fn translate(&self, _module: &ModuleInner, _func: FuncIdx) -> Result<*const u64, Error> {
        Err(Error::unsupported("there is no translator in this build"))
    }

    /// Code from images names no objects.
    #[cfg(not(feature = "compile"))]
    pub(crate) fn ref_slots(
        &self,
        _module: &ModuleInner,
        _func: FuncIdx,
        _word: usize,
        _visit: &mut dyn FnMut(u16),
    ) -> Result<(), Error> {
        Ok(())
    }

    #[cfg(feature = "compile")]
    /// Translates all functions.
    ///
    /// # Errors
    /// When one cannot be translated.
    pub(crate) fn translate_all(&self, module: &ModuleInner) -> Result<(), Error> {
        let mut state = self.state.lock();
        for func in self.imported..self.imported + self.funcs.len() as u32 {
            self.translate_locked(&mut state, module, FuncIdx(func))?;
        }
        // The buffers are of no more use.
        (state.validator, state.translator) = (FuncValidator::new(), Translator::new());
        Ok(())
    }

    #[cfg(feature = "compile")]
    fn translate_locked(
        &self,
        state: &mut State,
        module: &ModuleInner,
        func: FuncIdx,
    ) -> Result<*const u64, Error> {
        let index = (func.0 - self.imported) as usize;
        let present = self.funcs[index].load(Ordering::Acquire).cast_const();
        if present != (&raw const self.stubs[index]).cast() {
            return Ok(present);
        }
        module.before_translation(func, &mut state.validator)?;
        let State { translator, validator, .. } = state;
        let words = translator.translate_validated(&module.core, &module.bytes, func, validator)?;
        let code = place(&mut state.chunks, words.len(), func)?;
        self.thread(&module.core, words, func, code);
        if let Some(placed) = state.chunks.last_mut().and_then(|chunk| chunk.funcs.last_mut()) {
            placed.handlers = try_copy(state.translator.handlers())?;
        }
        self.funcs[index].store(code, Ordering::Release);
        Ok(code)
    }

    #[cfg(feature = "compile")]
    /// Hands to `visit` the slots that hold references to objects in a frame of `func`, while it is at the call, or
    /// makes the object, to whose op `word` belongs.
    ///
    /// # Errors
    /// When there is not enough memory to find out.
    pub(crate) fn ref_slots(
        &self,
        module: &ModuleInner,
        func: FuncIdx,
        word: usize,
        visit: &mut dyn FnMut(u16),
    ) -> Result<(), Error> {
        // Code from images names no objects.
        if matches!(module.bytes, crate::store::entity::Bytes::Image(_)) {
            return Ok(());
        }
        let state = &mut *self.state.lock();
        let key = (func, word as u32);
        if !state.ref_slots.contains_key(&key) {
            let slots = state.translator.ref_slots(&module.core, &module.bytes, func, key.1)?;
            state.ref_slots.try_reserve(1).map_err(|_| OutOfMemory)?;
            state.ref_slots.insert(key, try_copy(&slots)?);
        }
        state.ref_slots.get(&key).into_iter().flatten().copied().for_each(visit);
        Ok(())
    }

    /// The function that the word at `ip` belongs to, and the number of the word in it.
    pub(crate) fn position(&self, ip: *const u64) -> Option<(FuncIdx, usize)> {
        let index = |start: usize, size: usize| ip.addr().checked_sub(start).map(|offset| offset / size);
        #[cfg(not(feature = "fusion"))]
        if let Some(image) = &self.image {
            let (func, word) = image.locate(ip)?;
            return Some((FuncIdx(self.imported + func as u32), word));
        }
        if !cfg!(any(feature = "compile", feature = "fusion")) {
            return None;
        }
        // Code may well lie below the stubs.
        if let Some(stub) = index(self.stubs.as_ptr().addr(), size_of::<Stub>())
            && stub < self.stubs.len()
        {
            return Some((FuncIdx(self.imported + stub as u32), 0));
        }
        let state = self.state.lock();
        state.chunks.iter().find_map(|chunk| {
            let (word, func) = chunk.locate(ip)?;
            Some((func.func, word - func.start))
        })
    }

    /// The handler that catches an exception whose tag `is_tag` recognizes, when it leaves the op that the word at `ip`
    /// belongs to.
    pub(crate) fn find_handler(&self, ip: *const u64, is_tag: impl Fn(TagIdx) -> bool) -> Found {
        #[cfg(not(feature = "fusion"))]
        if let Some(image) = &self.image {
            return image.locate(ip).map_or(Found::Nothing, |(func, _)| Found::Record(image.funcs[func].1));
        }
        let mut state = self.state.lock();
        let State { chunks, recent, .. } = &mut *state;
        // Deep recursion, and loops that throw, ask about the same functions again and again.
        let located = match chunks.get(*recent).and_then(|chunk| chunk.locate(ip)) {
            Some(located) => Some((*recent, located)),
            None => chunks.iter().enumerate().find_map(|(i, chunk)| Some((i, chunk.locate(ip)?))),
        };
        let Some((chunk, (word, func))) = located else { return Found::Nothing };
        *recent = chunk;
        match catching(&func.handlers, (word - func.start) as u32, is_tag) {
            Some(catch) => {
                let target = func.start + catch.target as usize;
                Found::Handler(chunks[chunk].words.wrapping_add(target).cast_const().cast(), catch)
            }
            None => Found::Record((self.stubs[(func.func.0 - self.imported) as usize].func >> 32) as u32),
        }
    }
}

/// The first of `handlers` that catches an exception leaving the op of word `word`.
fn catching(handlers: &[Handler], word: u32, is_tag: impl Fn(TagIdx) -> bool) -> Option<Catch> {
    let mut deepest = u32::MAX;
    for handler in handlers.iter().filter(|handler| handler.covers(word)) {
        match handler.action {
            _ if handler.depth > deepest => {}
            Action::Delegate(depth) => deepest = depth,
            Action::Catch(catch) if catch.tag.is_none_or(&is_tag) => return Some(catch),
            Action::Catch(_) => {}
        }
    }
    None
}

/// What replaces the type that an op names, and in which word: its identity, and for tests of objects the header of those
/// and the depth of the type.
pub(super) fn type_word(module: &Module, op: &OpAt<'_>) -> Option<(usize, u64)> {
    let def = |index: u64| &module.types[TypeIdx(index as u32).index()];
    let identity = |n: usize| (n, u64::from(def(op.words[n]).id.0));
    let header = |n: usize| {
        let def = def(op.words[n]);
        let kind = match def.composite {
            CompositeType::Array(_) => Kind::Array,
            _ => Kind::Struct,
        };
        let depth = def.display.len() as u64 - 1;
        (n, u64::from(header(kind, def.id.0)) | depth << 32)
    };
    match op.family() {
        Family::RefTestFunc | Family::RefCastFunc => Some(identity(2)),
        Family::BrOnCastFunc | Family::BrOnCastFailFunc => Some(identity(3)),
        Family::RefTestType | Family::RefCastType => Some(header(2)),
        Family::BrOnCastType | Family::BrOnCastFailType => Some(header(3)),
        Family::CallIndirect | Family::ReturnCallIndirect => Some(upper_identity(module, op)),
        family if matches!(family.info().shape, Shape::New | Shape::ArrayBulk) => {
            Some(upper_identity(module, op))
        }
        _ => None,
    }
}

/// Word 2 with the identity of the type whose index is in its upper half.
fn upper_identity(module: &Module, op: &OpAt<'_>) -> (usize, u64) {
    let ty = TypeIdx((op.words[2] >> 32) as u32);
    (2, op.words[2] & 0xffff_ffff | u64::from(module.types[ty.index()].id.0) << 32)
}

/// Makes room for `len` words of code of `func`.
fn place(chunks: &mut Vec<Chunk>, len: usize, func: FuncIdx) -> Result<*mut u64, Error> {
    if chunks.last().is_none_or(|chunk| chunk.len - chunk.used < len) {
        chunks.try_push(Chunk::new(len.max(CHUNK))?)?;
    }
    let Some(chunk) = chunks.last_mut() else { unreachable!("a chunk has just been added") };
    let start = chunk.used;
    chunk.funcs.try_push(Func { start, func, handlers: Box::default() })?;
    chunk.used += len;
    Ok(chunk.words.wrapping_add(start).cast())
}
