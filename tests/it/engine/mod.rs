//! The engine over real HTTP: what a run leaves behind in the portal, whatever happens on the way.

mod accounting;
mod backfill;
mod changes;
mod documents;
mod failures;
mod faults;
mod guards;
mod people;
mod resume;
mod small;
pub(crate) mod world;
