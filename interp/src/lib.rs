//! The Fantail WebAssembly interpreter.

#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub(crate) mod exec;
pub(crate) mod store {
    pub(crate) mod entity;
    pub(crate) mod host {
        pub(crate) struct HostFunc(pub(crate) alloc::boxed::Box<dyn Fn(*mut (), *mut u64) -> Result<(), crate::Error> + Send + Sync>);
        impl HostFunc {
            #[expect(unsafe_code, reason = "x")]
            pub(crate) unsafe fn call(&self, store: *mut (), fp: *mut u64) -> Result<(), crate::Error> { (self.0)(store, fp) }
        }
    }
}
pub(crate) mod memory {
    pub(crate) struct Storage(pub(crate) alloc::vec::Vec<u8>);
    #[expect(unsafe_code, reason = "x")]
    pub(crate) unsafe fn grow(_: *mut (), _: *mut crate::store::entity::MemoryEntity, _: u64) -> Result<Option<u64>, crate::Error> { Ok(None) }
}
pub(crate) mod table {
    #[expect(unsafe_code, reason = "x")]
    pub(crate) unsafe fn grow(_: *mut (), _: *mut crate::store::entity::TableEntity, _: u64, _: u64) -> Result<Option<u64>, crate::Error> { Ok(None) }
}
pub(crate) struct Engine;
#[derive(Debug)]
pub(crate) struct Error(pub(crate) alloc::string::String);
impl From<fantail_core::Error> for Error { fn from(e: fantail_core::Error) -> Self { Self(alloc::string::ToString::to_string(&e)) } }
#[derive(Debug)]
pub(crate) struct Trap(pub(crate) fantail_core::TrapCode);
impl From<fantail_core::TrapCode> for Trap { fn from(e: fantail_core::TrapCode) -> Self { Self(e) } }
impl From<Trap> for Error { fn from(e: Trap) -> Self { Self(alloc::string::ToString::to_string(&e.0)) } }
#[doc(hidden)] pub fn probe() -> (usize, usize) { (exec::handlers::HANDLERS.as_ptr() as usize, exec::code::ModuleCode::new as usize + exec::run as usize + exec::code::ModuleCode::translate_all as usize) }
