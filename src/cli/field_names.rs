//! What the property of a figure is called where people of the CRM look for it.

use std::collections::BTreeMap;

use crate::domain::catalogue::Figure;
use crate::engine::figure_names;
use crate::store::{Store, StoreError};

/// The names of the figures in the CRM.
#[derive(Clone, Debug)]
pub(crate) struct FieldNames {
    known: BTreeMap<Figure, String>,
}

impl FieldNames {
    /// As the last run that reached the CRM saw them.
    pub(crate) fn of(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { known: figure_names(store)? })
    }

    /// The name of one.
    pub(crate) fn name(&self, figure: Figure) -> &str {
        self.known.get(&figure).map_or_else(|| figure.name(), String::as_str)
    }
}
