//! What is the board's affair and not the client's: a console, an end, and how deep the stack went.
#![no_std]

// Interrupts are off while the console is written to.
use cortex_m as _;
use cortex_m_semihosting::debug;
pub use cortex_m_semihosting::hprintln;
// A panic is printed, and ends the program with a failure.
use panic_semihosting as _;

/// Ends the program with success.
pub fn succeed() -> ! {
    debug::exit(debug::EXIT_SUCCESS);
    unreachable!()
}

/// Bytes of the stack that were ever in use: those that have lost the paint of `paint-stack`.
pub fn stack_used() -> usize {
    unsafe extern "C" {
        static _stack_end: u32;
        static _stack_start: u32;
    }
    let (top, mut lowest) = (&raw const _stack_start, &raw const _stack_end);
    // SAFETY: the linker script puts the stack, and nothing else, between the two.
    while lowest < top && unsafe { lowest.read_volatile() } == cortex_m_rt::STACK_PAINT_VALUE {
        lowest = lowest.wrapping_add(1);
    }
    top as usize - lowest as usize
}
