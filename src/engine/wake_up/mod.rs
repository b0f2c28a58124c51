//! The Wake Up pipeline: cards are read, planned with the figures, and written after them, through the same plan and
//! journal. Where the pipeline is not whole, the figures go on being written and `check` says what is missing.

mod board;
mod plan;
mod pull;
mod records;
mod standing;

pub(super) use board::{Boarded, Looked};
pub(super) use plan::CardDraft;
pub(super) use standing::card_standing;
pub use standing::{CardLine, CardStanding};
