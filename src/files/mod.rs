//! Files that other programs drop: which there are, whether they are whole, and whether they are still the same.

mod drops;
mod signature;

pub use drops::{NoFiles, matching, until_settled};
pub use signature::signature;

#[cfg(test)]
mod tests;
