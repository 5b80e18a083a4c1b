//! What differs between processors: where output goes, how to end, and a clock.

#[cfg(target_arch = "arm")]
pub use arm::*;
#[cfg(target_arch = "riscv32")]
pub use riscv32::*;

#[cfg(target_arch = "arm")]
mod arm {
    use cortex_m::peripheral::syst::SystClkSource;
    use cortex_m_semihosting::{debug, hio};

    unsafe extern "C" {
        /// The handler of all that has none of its own.
        fn DefaultHandler();
    }

    /// Where interrupts lead. There are none, and boards have as many of them as they please: the table that is made for all
    /// boards has up to 480 entries.
    #[unsafe(link_section = ".vector_table.interrupts")]
    #[unsafe(no_mangle)]
    static __INTERRUPTS: [unsafe extern "C" fn(); 32] = [DefaultHandler; 32];

    /// Where the program begins.
    #[cortex_m_rt::entry]
    fn begin() -> ! {
        crate::main()
    }

    /// Writes to the host that watches.
    pub fn print(text: &[u8]) {
        if let Ok(mut out) = hio::hstdout() {
            let _ = out.write_all(text);
        }
    }

    /// Ends the program.
    pub fn exit(success: bool) -> ! {
        debug::exit(if success { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
        loop {}
    }

    /// A counter of time that runs backwards.
    pub struct Clock(cortex_m::Peripherals);

    impl Clock {
        /// Starts it.
        pub fn start() -> Option<Self> {
            let mut all = cortex_m::Peripherals::take()?;
            all.SYST.set_clock_source(SystClkSource::External);
            all.SYST.set_reload(0xff_ffff);
            all.SYST.clear_current();
            all.SYST.enable_counter();
            Some(Self(all))
        }

        /// Ticks since the start. An emulator that counts instructions takes its board's clock for a measure: on QEMU's
        /// mps2-an386 a tick is 1,000 of them.
        pub fn ticks(&self) -> u32 {
            let _ = &self.0;
            0xff_ffff - cortex_m::peripheral::SYST::get_current()
        }
    }
}

#[cfg(target_arch = "riscv32")]
mod riscv32 {
    /// The UART of QEMU's machine `virt`.
    const UART: *mut u8 = 0x1000_0000 as *mut u8;
    /// What ends that machine.
    const FINISHER: *mut u32 = 0x10_0000 as *mut u32;

    /// Where the program begins.
    #[riscv_rt::entry]
    fn begin() -> ! {
        crate::main()
    }

    /// Writes to the serial line.
    pub fn print(text: &[u8]) {
        for &byte in text {
            // SAFETY: it is the transmit register, which takes any byte.
            unsafe { UART.write_volatile(byte) };
        }
    }

    /// Ends the program.
    pub fn exit(success: bool) -> ! {
        // SAFETY: the two values are commands of that device.
        unsafe { FINISHER.write_volatile(if success { 0x5555 } else { 1 << 16 | 0x3333 }) };
        loop {}
    }

    /// The counter of instructions.
    pub struct Clock(usize);

    impl Clock {
        /// Starts it.
        pub fn start() -> Option<Self> {
            Some(Self(riscv::register::minstret::read()))
        }

        /// Thousands of instructions since the start.
        pub fn ticks(&self) -> u32 {
            (riscv::register::minstret::read() - self.0) as u32 / 1000
        }
    }
}
