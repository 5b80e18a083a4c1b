//! The heap, and how much of it was in use at most.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use embedded_alloc::LlffHeap;

/// Bytes of the heap.
const SIZE: usize = match (cfg!(feature = "tiny"), cfg!(feature = "small")) {
    (true, _) => 9 << 10,
    (_, true) => 40 << 10,
    _ => 96 << 10,
};

#[global_allocator]
static HEAP: Counting = Counting { heap: LlffHeap::empty(), peak: UnsafeCell::new(0) };

struct Arena(UnsafeCell<MaybeUninit<[u64; SIZE / 8]>>);

// SAFETY: only the heap gets to it.
unsafe impl Sync for Arena {}

static ARENA: Arena = Arena(UnsafeCell::new(MaybeUninit::uninit()));

/// The heap, with a mark at its highest level.
struct Counting {
    heap: LlffHeap,
    peak: UnsafeCell<usize>,
}

// SAFETY: there is one processor and no interrupt handler.
unsafe impl Sync for Counting {}

// SAFETY: the heap does it all.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the rules of the trait.
        let allocated = unsafe { self.heap.alloc(layout) };
        // SAFETY: see `Sync`.
        unsafe { *self.peak.get() = (*self.peak.get()).max(self.heap.used()) };
        allocated
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { self.heap.dealloc(at, layout) }
    }
}

/// Makes the heap usable. To be called once, first of all.
pub fn init() {
    // SAFETY: nobody else uses the arena.
    unsafe { HEAP.heap.init(ARENA.0.get() as usize, SIZE) }
}

/// Most bytes that were in use.
pub fn peak() -> usize {
    // SAFETY: see `Sync`.
    unsafe { *HEAP.peak.get() }
}
