//! The engine over real HTTP: what a run leaves behind in the portal, whatever happens on the way.

mod backfill;
pub(crate) mod world;
