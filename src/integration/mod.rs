//! Above all floors: traits of other crates, each behind a feature of its own.

#[cfg(feature = "tokio-codec")]
pub(crate) mod tokio_codec;
