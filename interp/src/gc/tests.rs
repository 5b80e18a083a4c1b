//! The collector on graphs of objects, without an executor.

#![expect(unsafe_code, reason = "objects are reached through offsets from the start of the heap")]

use super::*;
use alloc::vec::Vec;
use fantail_core::features::Features;
use fantail_core::module::Module;
use fantail_core::types::{CanonId, TypeStore};
use object::{Kind, Object, header};
use proptest::prelude::*;

/// A store's objects, with two types: structures of two references, a byte between them; and arrays of references.
struct World {
    gc: Gc,
    pair: u32,
    array: u32,
}

impl World {
    fn new() -> Self {
        let text = "(module (type (struct (field (mut anyref)) (field i8) (field (mut externref))))
            (type (array (mut anyref))))";
        let bytes = wat::parse_str(text).expect("the text is well-formed");
        let module = Module::parse(&bytes, &Features::all(), &mut TypeStore::new()).expect("it is valid");
        let mut gc = Gc::new();
        gc.types.enter(&module).expect("there is memory");
        let [CanonId(pair), CanonId(array)] = [module.types[0].id, module.types[1].id];
        Self { gc, pair: header(Kind::Struct, pair), array: header(Kind::Array, array) }
    }

    fn allocate(&mut self, header: u32, len: u32) -> u32 {
        let ty = self.gc.types.get(header);
        let size = if header == self.array { ty.array_size(len) } else { ty.size.into() };
        let offset = match self.gc.heap.allocate(size) {
            Ok(offset) => offset,
            Err(_) => self.gc.allocate_growing(size, |_, _| true).expect("there is memory"),
        };
        let object = Object::new(self.gc.heap.base, offset);
        // SAFETY: it has just been allocated with this size.
        unsafe {
            object.set_header(header, len);
            object.place(8).write_bytes(0, size as usize - 8);
        }
        offset
    }

    fn set(&mut self, object: u32, offset: usize, reference: u32) {
        // SAFETY: callers give objects and offsets of references in them.
        unsafe { *Object::new(self.gc.heap.base, object).place(offset).cast::<u32>() = reference };
    }

    fn collect(&mut self, roots: &[u32]) {
        let roots = |marker: &mut Marker<'_>| {
            roots.iter().for_each(|&root| marker.root(root.into()));
            Ok(())
        };
        // Exception `n` refers to exception `n - 1`.
        let payload = |n: usize, visit: &mut dyn FnMut(u64)| {
            if let Some(n) = n.checked_sub(1) {
                visit((n as u64) << 3 | 4);
            }
        };
        let collected = self.gc.collect::<TryReserveError>((100, 100), roots, payload);
        collected.expect("there is memory");
    }
}

/// Where the references of a pair are.
const FIRST: usize = 8;
const SECOND: usize = 16;

#[test]
fn cycles_are_reclaimed_unless_something_leads_there() {
    let mut world = World::new();
    let [a, b] = [0; 2].map(|_| world.allocate(world.pair, 0));
    world.set(a, SECOND, b);
    world.set(b, FIRST, a);
    world.collect(&[b]);
    assert!(world.gc.heap.is_marked(a) && world.gc.heap.is_marked(b));
    world.collect(&[]);
    assert!(!world.gc.heap.is_marked(a) && !world.gc.heap.is_marked(b));
}

#[test]
fn integers_and_values_of_the_host_are_no_objects() {
    let mut world = World::new();
    let pair = world.allocate(world.pair, 0);
    world.set(pair, FIRST, 0xffff_ffff);
    world.set(pair, SECOND, 70 << 2 | 2);
    world.collect(&[pair, 5, 3 << 2 | 2, 0]);
    let live: Vec<usize> = (0..100).filter(|&index| world.gc.extern_is_live(index)).collect();
    assert_eq!(live, [3, 70]);
}

#[test]
fn exceptions_are_followed_from_objects_and_other_exceptions() {
    let mut world = World::new();
    let pair = world.allocate(world.pair, 0);
    world.set(pair, FIRST, 7 << 3 | 4);
    world.collect(&[pair]);
    assert!((0..100).all(|index| world.gc.exception_is_live(index) == (index <= 7)));
}

/// A list that is linked through its first references, whose second ones are null, is as deep as it is long for the marker.
#[test]
fn graphs_deeper_than_the_list_of_the_marker_are_followed_to_their_end() {
    const LENGTH: usize = 100_000;
    for link in [FIRST, SECOND] {
        let mut world = World::new();
        let mut objects = Vec::new();
        let mut last = 0;
        for _ in 0..LENGTH {
            let pair = world.allocate(world.pair, 0);
            world.set(pair, link, last);
            objects.push(pair);
            last = pair;
        }
        world.collect(&[last]);
        assert!(objects.iter().all(|&object| world.gc.heap.is_marked(object)));
        world.collect(&[objects[LENGTH / 2]]);
        assert!((0..LENGTH).all(|i| world.gc.heap.is_marked(objects[i]) == (i <= LENGTH / 2)));
    }
}

#[test]
fn garbage_does_not_let_the_heap_grow_without_bounds() {
    let mut world = World::new();
    let keep = world.allocate(world.array, 1000);
    let mut largest = 0;
    for i in 0..1_000_000u32 {
        if world.gc.is_due() {
            world.collect(&[keep]);
        }
        let pair = world.allocate(world.pair, 0);
        world.set(pair, FIRST, pair);
        world.set(keep, 8 + 4 * (i % 1000) as usize, pair);
        largest = largest.max(world.gc.heap.size());
    }
    assert!(largest < 4 * LEAST, "{largest} bytes for 1000 live objects");
}

#[test]
fn a_heap_that_may_not_grow_says_so() {
    let mut world = World::new();
    assert_eq!(world.gc.allocate_growing(24, |_, desired| desired < 4096), Err(Exhausted::Full));
    assert_eq!(world.gc.allocate_growing(1 << 40, |_, _| true), Err(Exhausted::TooLarge));
    assert!(world.gc.allocate_growing(24, |_, desired| desired <= 8192).is_ok());
}

proptest! {
    /// Exactly what is reachable is marked, in any graph.
    #[test]
    fn what_is_marked_is_what_can_be_reached(
        edges in proptest::collection::vec((0..200usize, 0..4usize, 0..200usize), 0..600),
        roots in proptest::collection::vec(0..200usize, 0..4),
    ) {
        let mut world = World::new();
        // Every third object is an array of four, the others are pairs.
        let objects: Vec<u32> = (0..200)
            .map(|i| if i % 3 == 0 { world.allocate(world.array, 4) } else { world.allocate(world.pair, 0) })
            .collect();
        let mut graph = [[usize::MAX; 4]; 200];
        for (from, place, to) in edges {
            let (place, offset) = match (from % 3, place) {
                (0, place) => (place, 8 + 4 * place),
                (_, place) => (place % 2, [FIRST, SECOND][place % 2]),
            };
            graph[from][place] = to;
            world.set(objects[from], offset, objects[to]);
        }
        let mut reachable = [false; 200];
        let mut left = roots.clone();
        while let Some(at) = left.pop() {
            if !core::mem::replace(&mut reachable[at], true) {
                left.extend(graph[at].iter().filter(|&&to| to != usize::MAX));
            }
        }
        world.collect(&roots.iter().map(|&root| objects[root]).collect::<Vec<_>>());
        for i in 0..200 {
            prop_assert_eq!(world.gc.heap.is_marked(objects[i]), reachable[i], "object {}", i);
        }
    }
}
