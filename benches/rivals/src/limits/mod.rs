//! Hand-written limits: all checks that the standard asks for and nothing
//! besides, without an interface that anyone would want to use.

pub mod codec;
pub mod exchange;
mod packet;
pub mod pieces;
mod scan;
pub mod topics;
mod trie;
