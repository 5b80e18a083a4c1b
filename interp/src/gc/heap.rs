//! [`Heap`]: the cells that objects live in.
//!
//! The heap is one region of memory that grows; an object is known by its offset, so that moving the region moves no
//! object. It is divided into pages. A page holds cells of one size, or is part of a larger object; which, a
//! table of pages says. One bit for each [`GRANULE`] says whether an object that begins there was reached by the last
//! collection.
//!
//! ```text
//! base ▶ │ reserved, so that no offset is 0 │ 24 24 24 24 … │ 4096 … 8191 of one object │ free │ …
//!        page 0                              page 1          page 2 and 3
//! ```
//!
//! Allocation takes cells from a *run*, one for each size: adjacent cells that hold nothing. When it is used up the next
//! run is found between the marks of the page, then in the next page that has some room, then a free page becomes
//! one. So a collection does not sweep: it sets marks, and what is not marked is passed by when its page's turn
//! comes. Each mark and each page is looked at once between two collections, which makes allocation O(1).
//!
//! # Invariants
//! - Offsets are multiples of [`GRANULE`], not 0, and less than 2³².
//! - An object allocated since the last collection lies before the run of its size, or in a page that was passed by; no
//!   run begins there again before the next collection.
//! - Objects that are marked are never given away.

#![expect(unsafe_code, reason = "objects are reached through offsets from the start of the region")]

use alloc::alloc::{Layout, alloc, dealloc, realloc};
use alloc::vec::Vec;
use core::ptr;

/// Objects begin at multiples of so many bytes.
pub(crate) const GRANULE: u32 = 8;
/// Bytes of a page.
const PAGE: u32 = 4096;
/// Words of marks that a page has.
const MARKS: usize = (PAGE / GRANULE / 64) as usize;
/// Most pages there can be: 4 GiB.
const MAX_PAGES: u32 = 1 << 20;
/// Number of cell sizes. Where there are no objects the least that the heap can be written with.
const CLASSES: usize = if cfg!(feature = "gc") { ALL_SIZES.len() } else { 1 };
/// Bytes of the cells of each class.
const SIZES: [u16; CLASSES] = {
    let mut sizes = [0; CLASSES];
    sizes.copy_from_slice(ALL_SIZES.split_at(CLASSES).0);
    sizes
};
const ALL_SIZES: [u16; 29] = [
    8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 192, 224, 256, 288, 336, 408, 448, 512, 584,
    680, 816, 1016, 1360, 1640, 2048,
];
/// Largest object that shares its page.
const SMALL: u32 = SIZES[CLASSES - 1] as u32;
/// The class of objects by their size in granules.
static CLASS_OF: [u8; (SMALL / GRANULE) as usize + 1] = {
    let mut table = [0; (SMALL / GRANULE) as usize + 1];
    let mut granules = 0;
    let mut class = 0;
    while granules < table.len() {
        if granules as u32 * GRANULE > SIZES[class] as u32 {
            class += 1;
        }
        table[granules] = class as u8;
        granules += 1;
    }
    table
};

/// The cells that objects of some size live in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cells {
    class: u32,
    /// Bytes of each.
    bytes: u32,
}

impl Cells {
    /// Those of objects that have pages of their own.
    pub(crate) const NONE: Self = Self { class: u32::MAX, bytes: 0 };

    /// Those of objects of `size` bytes.
    pub(crate) fn of(size: u64) -> Self {
        if size > u64::from(SMALL) {
            return Self::NONE;
        }
        let class = CLASS_OF[(size as usize).div_ceil(GRANULE as usize)];
        Self { class: class.into(), bytes: SIZES[usize::from(class)].into() }
    }
}

impl Default for Cells {
    fn default() -> Self {
        Self::NONE
    }
}

/// What a page is used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Page {
    Free,
    /// Cells of this class; `next` is a further page of the class that may have room.
    Cells {
        class: u8,
        next: u32,
    },
    /// First of so many pages of one object.
    Large(u32),
    /// A further page of such an object, or reserved.
    Taken,
}

const _: () = assert!(size_of::<Page>() == 8);

/// Where cells of one class come from.
#[derive(Clone, Copy, Default)]
struct Run {
    /// The next free cell, unless this is `end`.
    next: u32,
    /// Where the adjacent free cells end.
    end: u32,
    /// Where the search for more goes on.
    scan: u32,
    /// Where the last cell of that page ends.
    last: u32,
}

/// Why there is no object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Full {
    /// No room is left without growing.
    Grow,
    /// No heap could hold it.
    TooLarge,
}

/// The cells that objects live in.
pub(crate) struct Heap {
    /// First byte. Handlers add offsets to it.
    pub(crate) base: *mut u8,
    runs: [Run; CLASSES],
    /// For each class the next page to look for runs in, or 0.
    pages_of: [u32; CLASSES],
    pages: Vec<Page>,
    marks: Vec<u64>,
    /// No page before this is free.
    free: u32,
    /// Where the search for adjacent free pages goes on.
    free_many: u32,
    /// Bytes allocated since the last collection.
    pub(crate) fresh: u64,
}

// SAFETY: the heap owns its region, and changes it through `&mut` alone.
unsafe impl Send for Heap {}
// SAFETY: as above.
unsafe impl Sync for Heap {}

impl Heap {
    /// A heap without memory.
    pub(crate) const fn new() -> Self {
        Self {
            base: ptr::null_mut(),
            runs: [Run { next: 0, end: 0, scan: 0, last: 0 }; CLASSES],
            pages_of: [0; CLASSES],
            pages: Vec::new(),
            marks: Vec::new(),
            free: 0,
            free_many: 0,
            fresh: 0,
        }
    }

    /// Bytes of the region.
    pub(crate) fn size(&self) -> u64 {
        self.pages.len() as u64 * u64::from(PAGE)
    }

    /// Room for an object in one of these cells, whose contents are undefined, if a run of them is at hand.
    #[inline(always)]
    pub(crate) fn allocate_quickly(&mut self, cells: Cells) -> Option<u32> {
        // Asked for, not indexed: a handler that may panic has a frame.
        let run = self.runs.get_mut(cells.class as usize)?;
        let next = run.next;
        if next == run.end {
            return None;
        }
        run.next = next + cells.bytes;
        Some(next)
    }

    /// Room for an object of `size` bytes, whose contents are undefined.
    pub(crate) fn allocate(&mut self, size: u64) -> Result<u32, Full> {
        let cells = Cells::of(size);
        if let Some(offset) = self.allocate_quickly(cells) {
            return Ok(offset);
        }
        if cells == Cells::NONE {
            return self.allocate_large(size);
        }
        let Cells { class, bytes } = cells;
        let class = class as usize;
        if !self.next_run(class) {
            let page = self.take_page().ok_or(Full::Grow)?;
            self.pages[page as usize] = Page::Cells { class: class as u8, next: 0 };
            let start = page * PAGE;
            let end = start + PAGE / bytes * bytes;
            self.runs[class].scan = end;
            self.runs[class].last = end;
            self.set_run(class, start, end);
        }
        let next = self.runs[class].next;
        self.runs[class].next += bytes;
        Ok(next)
    }

    fn set_run(&mut self, class: usize, next: u32, end: u32) {
        self.runs[class].next = next;
        self.runs[class].end = end;
        self.fresh += u64::from(end - next);
    }

    /// Finds the next run of `class` in pages that have been in use before.
    fn next_run(&mut self, class: usize) -> bool {
        let bytes = u32::from(SIZES[class]);
        loop {
            let Run { mut scan, last, .. } = self.runs[class];
            while scan < last && self.is_marked(scan) {
                scan += bytes;
            }
            let start = scan;
            while scan < last && !self.is_marked(scan) {
                scan += bytes;
            }
            self.runs[class].scan = scan;
            if start < scan {
                self.set_run(class, start, scan);
                return true;
            }
            let page = self.pages_of[class];
            if page == 0 {
                return false;
            }
            if let Page::Cells { next, .. } = self.pages[page as usize] {
                self.pages_of[class] = next;
            }
            self.runs[class].scan = page * PAGE;
            self.runs[class].last = page * PAGE + PAGE / bytes * bytes;
        }
    }

    fn take_page(&mut self) -> Option<u32> {
        let from = self.free as usize;
        let found = self.pages.get(from..)?.iter().position(|&page| page == Page::Free);
        self.free = (found.map_or(self.pages.len(), |found| from + found + 1)) as u32;
        found.map(|found| (from + found) as u32)
    }

    fn allocate_large(&mut self, size: u64) -> Result<u32, Full> {
        let count = size.div_ceil(PAGE.into());
        // Page 0 is reserved.
        if count >= MAX_PAGES.into() {
            return Err(Full::TooLarge);
        }
        let count = count as u32;
        let (mut start, mut at) = (self.free_many, self.free_many);
        while (at as usize) < self.pages.len() {
            if self.pages[at as usize] != Page::Free {
                start = at + 1;
            }
            at += 1;
            if at - start == count {
                self.pages[start as usize] = Page::Large(count);
                self.pages[start as usize + 1..at as usize].fill(Page::Taken);
                self.free_many = at;
                self.fresh += u64::from(count) * u64::from(PAGE);
                return Ok(start * PAGE);
            }
        }
        self.free_many = start;
        Err(Full::Grow)
    }

    /// How many bytes the region has to have, at least, for an object of `size` bytes to find room at its end.
    pub(crate) fn size_for(&self, size: u64) -> u64 {
        let free_at_end = self.pages.iter().rev().take_while(|&&page| page == Page::Free).count() as u64;
        let pages = if size > u64::from(SMALL) { size.div_ceil(PAGE.into()) } else { 1 };
        let reserved = u64::from(self.pages.is_empty());
        let pages = self.pages.len() as u64 + reserved + pages.saturating_sub(free_at_end);
        pages.saturating_mul(PAGE.into())
    }

    /// Lets the region have `size` bytes, or a little more. Says whether that was possible.
    pub(crate) fn grow(&mut self, size: u64) -> bool {
        let pages = size.div_ceil(PAGE.into());
        if pages > MAX_PAGES.into() {
            return false;
        }
        let (old, new) = (self.pages.len(), pages as usize);
        if new <= old {
            return true;
        }
        let (Some(old_layout), Some(layout)) = (layout(old), layout(new)) else { return false };
        if self.pages.try_reserve_exact(new - old).is_err()
            || self.marks.try_reserve_exact((new - old) * MARKS).is_err()
        {
            return false;
        }
        // SAFETY: neither layout is empty, and the old one is that of the region.
        let base = unsafe {
            match old {
                0 => alloc(layout),
                _ => realloc(self.base, old_layout, layout.size()),
            }
        };
        if base.is_null() {
            return false;
        }
        self.base = base;
        self.pages.resize(new, Page::Free);
        self.marks.resize(new * MARKS, 0);
        if old == 0 {
            self.pages[0] = Page::Taken;
        }
        true
    }

    fn mark_bit(offset: u32) -> (usize, u64) {
        let granule = offset / GRANULE;
        ((granule / 64) as usize, 1 << (granule % 64))
    }

    /// Whether the object at `offset` is marked.
    #[inline]
    pub(crate) fn is_marked(&self, offset: u32) -> bool {
        let (word, bit) = Self::mark_bit(offset);
        self.marks[word] & bit != 0
    }

    /// Marks the object at `offset`; says whether it was not yet.
    #[inline]
    pub(crate) fn mark(&mut self, offset: u32) -> bool {
        let (word, bit) = Self::mark_bit(offset);
        let fresh = self.marks[word] & bit == 0;
        self.marks[word] |= bit;
        fresh
    }

    /// Lets no more objects be allocated where some have been before, until the next collection.
    pub(crate) fn abandon(&mut self) {
        self.runs = [Run::default(); CLASSES];
        self.pages_of = [0; CLASSES];
    }

    /// Takes all marks away.
    pub(crate) fn clear_marks(&mut self) {
        self.marks.fill(0);
    }

    /// The first marked object from `from` on.
    pub(crate) fn next_marked(&self, from: u32) -> Option<u32> {
        let (first, bit) = Self::mark_bit(from);
        let mut word = self.marks.get(first)? & !(bit - 1);
        let mut at = first;
        while word == 0 {
            at += 1;
            word = *self.marks.get(at)?;
        }
        Some((at as u32 * 64 + word.trailing_zeros()) * GRANULE)
    }

    /// Lets allocation begin anew with all that is not marked. Returns how many bytes the pages have that hold marked
    /// objects.
    pub(crate) fn reclaim(&mut self) -> u64 {
        self.abandon();
        (self.free, self.free_many, self.fresh) = (0, 0, 0);
        let mut live = 0;
        let mut at = self.pages.len();
        while at > 0 {
            at -= 1;
            let marks = &self.marks[at * MARKS..(at + 1) * MARKS];
            let marked: u32 = marks.iter().map(|word| word.count_ones()).sum();
            match self.pages[at] {
                Page::Cells { class, .. } if marked > 0 => {
                    let class = usize::from(class);
                    let bytes = u32::from(SIZES[class]);
                    live += u64::from(marked * bytes);
                    // Pages are listed in ascending order, full ones not at all.
                    let next = self.pages_of[class];
                    self.pages[at] = Page::Cells { class: class as u8, next };
                    if marked < PAGE / bytes {
                        self.pages_of[class] = at as u32;
                    }
                }
                Page::Cells { .. } => self.pages[at] = Page::Free,
                Page::Large(count) if marked > 0 => live += u64::from(count) * u64::from(PAGE),
                Page::Large(count) => self.pages[at..at + count as usize].fill(Page::Free),
                Page::Free | Page::Taken => {}
            }
        }
        live
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        if let Some(layout) = layout(self.pages.len())
            && layout.size() > 0
        {
            // SAFETY: it is that of the region.
            unsafe { dealloc(self.base, layout) };
        }
    }
}

/// The layout of a region of so many pages.
fn layout(pages: usize) -> Option<Layout> {
    Layout::from_size_align(pages.checked_mul(PAGE as usize)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use proptest::prelude::*;

    fn allocate(heap: &mut Heap, size: u64) -> u32 {
        match heap.allocate(size) {
            Ok(offset) => offset,
            Err(full) => {
                assert_eq!(full, Full::Grow);
                assert!(heap.grow(heap.size_for(size)));
                heap.allocate(size).expect("there is room now")
            }
        }
    }

    #[test]
    fn classes_have_room_for_what_they_are_for() {
        for size in 1..=SMALL {
            let class = usize::from(CLASS_OF[size.div_ceil(GRANULE) as usize]);
            assert!(u32::from(SIZES[class]) >= size, "{size}");
            assert!(class == 0 || u32::from(SIZES[class - 1]) < size, "{size}");
            assert_eq!(u32::from(SIZES[class]) % GRANULE, 0);
        }
    }

    #[test]
    fn an_object_that_no_heap_can_hold_is_refused() {
        let mut heap = Heap::new();
        assert_eq!(heap.allocate(1 << 32), Err(Full::TooLarge));
        assert_eq!(heap.allocate(u64::MAX), Err(Full::TooLarge));
        assert!(!heap.grow((1 << 32) + 1));
    }

    #[test]
    fn what_is_not_marked_is_used_again_and_nothing_else() {
        let mut heap = Heap::new();
        let objects: Vec<u32> = (0..1000).map(|_| allocate(&mut heap, 24)).collect();
        let size = heap.size();
        heap.clear_marks();
        for object in objects.iter().step_by(3) {
            assert!(heap.mark(*object) && !heap.mark(*object));
        }
        assert_eq!(heap.reclaim(), 334 * 24);
        for _ in 0..666 {
            let object = heap.allocate(24).expect("there is room");
            assert_ne!(objects.iter().position(|&other| other == object).map_or(1, |i| i % 3), 0);
        }
        assert_eq!(heap.size(), size);
    }

    #[test]
    fn pages_without_objects_serve_any_size() {
        let mut heap = Heap::new();
        for _ in 0..1000 {
            allocate(&mut heap, 100);
        }
        let size = heap.size();
        heap.clear_marks();
        assert_eq!(heap.reclaim(), 0);
        let large = heap.allocate(u64::from(PAGE) * 20 + 1).expect("there is room");
        let small = heap.allocate(8).expect("there is room");
        assert!(small < large || small >= large + 21 * PAGE);
        assert_eq!(heap.size(), size);
    }

    #[test]
    fn the_marked_objects_are_found_in_order() {
        let mut heap = Heap::new();
        let objects = [8, 5000, 16, 100_000, 2048].map(|size| allocate(&mut heap, size));
        heap.clear_marks();
        let mut expected = objects.to_vec();
        expected.remove(1);
        expected.iter().for_each(|&object| assert!(heap.mark(object)));
        expected.sort_unstable();
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(object) = heap.next_marked(from) {
            found.push(object);
            from = object + GRANULE;
        }
        assert_eq!(found, expected);
    }

    proptest! {
        /// Allocations and collections in any order: no two live objects overlap.
        #[test]
        fn live_objects_never_overlap(steps in proptest::collection::vec((0..20_000u64, 0..30u8), 1..400)) {
            let mut heap = Heap::new();
            let mut live: BTreeMap<u32, u64> = BTreeMap::new();
            for (size, action) in steps {
                if action == 0 {
                    heap.clear_marks();
                    let mut keep = false;
                    live.retain(|_, _| { keep = !keep; keep });
                    live.keys().for_each(|&object| assert!(heap.mark(object)));
                    heap.reclaim();
                }
                let size = if action % 4 == 0 { size } else { size % 200 } + 8;
                let object = allocate(&mut heap, size);
                prop_assert!(object >= PAGE && object.is_multiple_of(GRANULE));
                prop_assert!(u64::from(object) + size <= heap.size());
                let before = live.range(..=object).next_back();
                prop_assert!(before.is_none_or(|(&at, &len)| u64::from(at) + len <= u64::from(object)));
                let after = live.range(object..).next();
                prop_assert!(after.is_none_or(|(&at, _)| u64::from(object) + size <= u64::from(at)));
                live.insert(object, size);
            }
        }
    }
}
