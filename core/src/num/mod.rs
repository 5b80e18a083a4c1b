//! The scalar numeric instructions of WebAssembly as functions, in the words of section 4.3 "Numerics".
