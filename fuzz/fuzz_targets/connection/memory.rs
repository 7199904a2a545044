//! Counts the bytes that the connection and its session take.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let _ = LIVE.try_with(|live| {
        live.set(live.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(live.get())));
    });
}

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static GLOBAL: Counting = Counting;

/// What the connection and its session hold, and may hold.
#[derive(Default)]
pub(crate) struct Memory {
    held: isize,
    allowed: isize,
}

impl Memory {
    /// Runs a call to which so many bytes were handed.
    pub(crate) fn watch<R>(&mut self, bytes: usize, call: impl FnOnce() -> R) -> R {
        self.allowed += 512 + 2 * bytes as isize;
        let before = LIVE.get();
        PEAK.set(before);
        let result = call();
        let beside = PEAK.get() - before;
        self.held += LIVE.get() - before;
        let allowed = self.allowed + 4_096;
        assert!(self.held <= allowed, "{} bytes are held", self.held);
        assert!(beside <= allowed, "{beside} bytes were taken at once");
        result
    }
}
