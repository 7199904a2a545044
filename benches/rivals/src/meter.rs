//! The measured region, and what is read off around it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

/// What one run took.
#[derive(Clone, Copy)]
pub struct Sample {
    pub nanoseconds: f64,
    pub allocations: usize,
}

/// Runs `work` once.
pub fn measure<R>(work: impl FnOnce() -> R) -> (R, Sample) {
    let allocations = ALLOCATIONS.load(Relaxed);
    let began = Instant::now();
    let result = counted_region(work);
    let sample = Sample {
        nanoseconds: began.elapsed().as_nanos() as f64,
        allocations: ALLOCATIONS.load(Relaxed) - allocations,
    };
    (result, sample)
}

/// Callgrind counts what happens in here, and finds it by this name.
#[inline(never)]
fn counted_region<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Counts without locked instructions, so that those who allocate pay next to
/// nothing for it. What is measured has one thread; others may get lost.
pub struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static HELD: AtomicUsize = AtomicUsize::new(0);

/// Bytes of the heap that are in use.
pub fn held() -> usize {
    HELD.load(Relaxed)
}

/// What glibc makes of a request: 8 bytes more, in steps of 16, at least 32.
fn rounded(size: usize) -> usize {
    ((size + 8).next_multiple_of(16)).max(32)
}

fn took(size: usize) {
    ALLOCATIONS.store(ALLOCATIONS.load(Relaxed).wrapping_add(1), Relaxed);
    HELD.store(HELD.load(Relaxed).wrapping_add(rounded(size)), Relaxed);
}

fn gave(size: usize) {
    HELD.store(HELD.load(Relaxed).wrapping_sub(rounded(size)), Relaxed);
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        gave(layout.size());
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        gave(layout.size());
        took(size);
        unsafe { System.realloc(at, layout, size) }
    }
}
